"""Google's Python library on Cloud Run, where nothing but a metadata server tells who it is. Prints JSON."""
import json, os
import google.auth
from google.auth import compute_engine
from google.auth.transport.requests import Request
from google.oauth2 import id_token

url = os.environ["SERVICE_URL"]
request = Request()
credentials, project = google.auth.default()
assert isinstance(credentials, compute_engine.Credentials), type(credentials)
credentials.refresh(request)
token = id_token.fetch_id_token(request, url)
claims = id_token.verify_oauth2_token(token, request, url)
status = request(url=url, headers={"Authorization": "Bearer " + token}).status
print(json.dumps({"email": credentials.service_account_email, "project": project, "aud": claims["aud"], "status": status}))
