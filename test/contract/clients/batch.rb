# Asks for two service accounts by Google's client library for Ruby, in one batch. Prints the e-mail of each, or the error's class.
require "googleauth"
require "google/apis/iam_v1"

iam = Google::Apis::IamV1::IamService.new
iam.authorization = Google::Auth.get_application_default(["https://www.googleapis.com/auth/cloud-platform"])
seen = []
iam.batch do |batch|
  ARGV.each do |email|
    batch.get_project_service_account("projects/-/serviceAccounts/#{email}") do |account, error|
      seen << (account ? account.email : error.class.name)
    end
  end
end
puts seen
