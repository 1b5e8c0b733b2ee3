"""Google's Python library with credentials of workload identity federation. Prints JSON."""
import json, os, sys
import google.auth
from google.auth import impersonated_credentials
from google.auth.transport.requests import Request

url = os.environ["SERVICE_URL"]
request = Request()
scopes = ["https://www.googleapis.com/auth/cloud-platform"]
credentials, _ = google.auth.load_credentials_from_file(sys.argv[1], scopes=scopes)
target = impersonated_credentials.Credentials(credentials, target_principal=sys.argv[2], target_scopes=scopes)
token = impersonated_credentials.IDTokenCredentials(target, target_audience=url, include_email=True)
token.refresh(request)
status = request(url=url, headers={"Authorization": "Bearer " + token.token}).status
print(json.dumps({"status": status}))
