"""Google's Python library, as an application uses it. Prints JSON."""
import json, os, sys
import google.auth
from google.auth.transport.requests import Request
from google.oauth2 import id_token

url = os.environ["SERVICE_URL"]
request = Request()
if sys.argv[1] == "key":
    os.environ["GOOGLE_APPLICATION_CREDENTIALS"] = sys.argv[2]
    token = id_token.fetch_id_token(request, url)
    claims = id_token.verify_oauth2_token(token, request, url)
    response = request(url=url, headers={"Authorization": "Bearer " + token})
    print(json.dumps({"claims": dict(claims), "status": response.status}))
else:
    credentials, project = google.auth.default()
    credentials.refresh(request)
    claims = id_token.verify_oauth2_token(credentials.id_token, request)
    print(json.dumps({"email": claims["email"], "project": project}))
