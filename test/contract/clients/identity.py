"""An ID token for the service, as the documentation of Google's library for Python has it. Prints it."""
import os, sys
import google.auth
from google.auth import impersonated_credentials
from google.auth.transport.requests import Request
from google.oauth2 import id_token

url = os.environ["SERVICE_URL"]
file, account = sys.argv[1:3]
request = Request()
scopes = ["https://www.googleapis.com/auth/cloud-platform"]
try:
    if account:
        source, _ = google.auth.load_credentials_from_file(file, scopes=scopes)
        target = impersonated_credentials.Credentials(source, target_principal=account, target_scopes=scopes)
        credentials = impersonated_credentials.IDTokenCredentials(target, target_audience=url)
        credentials.refresh(request)
        token = credentials.token
    else:
        if file:
            os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = file
        token = id_token.fetch_id_token(request, url)
    print(token)
except Exception as error:
    sys.exit("error: " + str(error).splitlines()[0])
