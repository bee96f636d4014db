"""Programs that have a token of an identity provider and no key: boto3 and aws-cli get a session for it and work with it,
as pods of Kubernetes and jobs of CI do.
"""

import json
import subprocess
import sys
import time

import boto3
import jwt
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import new_bucket_name
from support.issuer import Issuer
from support.server import Server, clean_environment, make_certificate

ACCOUNT = "000000000001"


def client(server, service, credentials=None, **config):
    settings = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=10, read_timeout=60,
                      s3={"addressing_style": "path"}, **config)
    key = {"aws_access_key_id": server.access_key, "aws_secret_access_key": server.secret_key}
    if credentials:
        key = {"aws_access_key_id": credentials["AccessKeyId"],
               "aws_secret_access_key": credentials["SecretAccessKey"],
               "aws_session_token": credentials["SessionToken"]}
    return boto3.client(service, endpoint_url=server.endpoint, region_name="us-east-1", config=settings, **key)


@pytest.fixture(scope="module")
def issuer():
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture(scope="module")
def iam(server):
    return client(server, "iam")


@pytest.fixture(scope="module")
def provider(iam, issuer):
    return iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["trainer"])["OpenIDConnectProviderArn"]


@pytest.fixture(scope="module")
def sts(server):
    """Of somebody without a key."""
    return client(server, "sts", signature_version=UNSIGNED)


@pytest.fixture
def role(iam, provider, issuer):
    """A role for alice that may read and write everything."""
    name = new_bucket_name("role")
    condition = {"StringEquals": {f"{issuer.name}:aud": "trainer", f"{issuer.name}:sub": "alice"}}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Federated": provider},
             "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"],
             "Condition": condition}]}))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}))
    yield arn
    iam.delete_role_policy(RoleName=name, PolicyName="all")
    iam.delete_role(RoleName=name)


def assume(sts, role, token, **more):
    return sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="job-7", WebIdentityToken=token, **more)


def refusal(sts, role, token):
    with pytest.raises(ClientError) as refused:
        assume(sts, role, token)
    return refused.value.response["Error"]["Code"]


def test_a_token_is_worth_a_session(server, sts, role, issuer, bucket):
    answer = assume(sts, role, issuer.token(), DurationSeconds=900)
    assert (answer["SubjectFromWebIdentityToken"], answer["Audience"], answer["Provider"]) == (
        "alice", "trainer", issuer.url)
    name = role.split("/")[-1]
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/job-7"
    assert client(server, "sts", answer["Credentials"]).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
    s3 = client(server, "s3", answer["Credentials"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"weights")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"weights"


def test_the_clients_own_way_with_a_file(server, role, issuer, bucket, folder):
    file = folder / "token"
    file.write_text(issuer.token())
    environment = clean_environment(
        AWS_WEB_IDENTITY_TOKEN_FILE=str(file), AWS_ROLE_ARN=role, AWS_ROLE_SESSION_NAME="pod-1",
        AWS_ENDPOINT_URL=server.endpoint, AWS_DEFAULT_REGION="us-east-1", HOME=str(folder))
    done = subprocess.run(
        [sys.executable, "-m", "awscli", "s3", "cp", "-", f"s3://{bucket}/from-cli"], input=b"bytes", env=environment,
        capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    done = subprocess.run([sys.executable, "-m", "awscli", "sts", "get-caller-identity"], env=environment,
                          capture_output=True, timeout=60)
    assert json.loads(done.stdout)["Arn"].endswith("/pod-1")
    program = "import boto3; print(boto3.client('s3').get_object(Bucket=%r, Key='from-cli')['Body'].read())" % bucket
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, timeout=60)
    assert done.stdout.strip() == b"b'bytes'", done.stderr
    file.write_text(issuer.token(sub="mallory"))
    done = subprocess.run([sys.executable, "-m", "awscli", "s3", "ls"], env=environment, capture_output=True, timeout=60)
    assert done.returncode != 0 and b"AccessDenied" in done.stderr


def test_every_fault_of_a_token_has_its_code(sts, role, issuer):
    now = int(time.time())
    for claims, code in [
        ({"sub": "mallory"}, "AccessDenied"), ({"aud": "other"}, "InvalidIdentityToken"),
        ({"exp": now - 120}, "ExpiredTokenException"), ({"nbf": now + 600}, "IDPRejectedClaim"),
        ({"iss": "https://idp.example.com"}, "InvalidIdentityToken"), ({"exp": None}, "InvalidIdentityToken"),
    ]:
        assert refusal(sts, role, issuer.token(**claims)) == code, claims
    assert refusal(sts, role, "not.a.token") == "InvalidIdentityToken"
    none = jwt.encode({"iss": issuer.url, "sub": "alice", "aud": "trainer", "iat": now, "exp": now + 300}, None, "none")
    assert refusal(sts, role, none) == "InvalidIdentityToken"
    head, claims, signature = issuer.token().split(".")
    assert refusal(sts, role, f"{head}.{claims}.{signature[:-4]}AAAA") == "InvalidIdentityToken"
    assert refusal(sts, role.replace("role/", "role/no"), issuer.token()) == "AccessDenied"
    assert refusal(sts, role.replace(ACCOUNT, "000000000077"), issuer.token()) == "InvalidIdentityToken"


def test_a_provider_is_asked_once_and_again_for_a_new_key(sts, role, issuer):
    assume(sts, role, issuer.token())
    asked = len(issuer.asked)
    for _ in range(5):
        assume(sts, role, issuer.token())
    assert len(issuer.asked) == asked, "its keys are known"
    issuer.add_key("two", "RS256")
    token, deadline = issuer.token("two"), time.monotonic() + 30
    while True:
        try:
            assume(sts, role, token)
            break
        except ClientError as error:
            # The last question may have been a moment ago.
            assert error.response["Error"]["Code"] == "InvalidIdentityToken" and time.monotonic() < deadline
            time.sleep(0.5)
    assert len(issuer.asked) <= asked + 2


def test_tags_of_the_token_are_those_of_the_session(server, sts, iam, role, issuer, bucket):
    name = role.split("/")[-1]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*",
             "Condition": {"StringEquals": {"aws:SourceIdentity": "alice@lab"}}}]}))
    token = issuer.token(**{
        "https://aws.amazon.com/tags": {"principal_tags": {"team": ["vision"]}, "transitive_tag_keys": ["team"]},
        "https://aws.amazon.com/source_identity": "alice@lab"})
    answer = assume(sts, role, token)
    assert answer["SourceIdentity"] == "alice@lab"
    s3 = client(server, "s3", answer["Credentials"])
    s3.put_object(Bucket=bucket, Key="vision/k", Body=b"x")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket=bucket, Key="speech/k", Body=b"x")


def test_a_provider_that_is_no_good_is_told_so(server, sts, iam, role):
    down, lying, moved, large = Issuer("/down"), Issuer("/lying"), Issuer("/moved"), Issuer("/large")
    lying.told_url = "https://another.example.com"
    moved.redirects_to = large.url
    large.padding = 300_000
    try:
        for issuer in (down, lying, moved, large):
            arn = iam.create_open_id_connect_provider(Url=issuer.url, ClientIDList=["trainer"])
            if issuer is down:
                down.close()
            assert refusal(sts, role, issuer.token()) == "IDPCommunicationError"
            assert refusal(sts, role, issuer.token()) == "IDPCommunicationError"
            iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn["OpenIDConnectProviderArn"])
        for issuer in (lying, moved, large):
            assert issuer.asked == [issuer.asked[0]], "not twice in a moment, and nobody else"
    finally:
        for issuer in (lying, moved, large):
            issuer.close()


def test_sessions_end_with_their_provider(server, sts, iam, issuer, bucket):
    other = Issuer("/leaving")
    try:
        arn = iam.create_open_id_connect_provider(Url=other.url, ClientIDList=["trainer"])["OpenIDConnectProviderArn"]
        name = new_bucket_name("role")
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": arn},
                                                    "Action": "sts:AssumeRoleWithWebIdentity"}]}))["Role"]["Arn"]
        iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
        s3 = client(server, "s3", assume(sts, role, other.token())["Credentials"])
        s3.list_objects_v2(Bucket=bucket)
        iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        with pytest.raises(ClientError, match="InvalidAccessKeyId"):
            s3.list_objects_v2(Bucket=bucket)
    finally:
        other.close()


@pytest.mark.parametrize("trusted", ["SSL_CERT_FILE", "ca-file", None])
def test_a_provider_over_tls_is_believed_when_its_certificate_is(folder, trusted):
    certificate = make_certificate(folder)
    issuer = Issuer("/tls", certificate)
    server = Server(folder / "store")
    if trusted == "SSL_CERT_FILE":
        server.process_environment["SSL_CERT_FILE"] = str(certificate[0])
    server.start(*(["--ca-file", str(certificate[0])] if trusted == "ca-file" else []))
    try:
        iam = client(server, "iam")
        # The thumbprint of a certificate is no trust in it.
        arn = iam.create_open_id_connect_provider(
            Url=issuer.url, ClientIDList=["trainer"], ThumbprintList=["ab" * 20])["OpenIDConnectProviderArn"]
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": arn},
                                                    "Action": "sts:AssumeRoleWithWebIdentity"}]}))["Role"]["Arn"]
        sts = client(server, "sts", signature_version=UNSIGNED)
        if trusted:
            assert assume(sts, role, issuer.token())["Provider"] == issuer.url
        else:
            assert refusal(sts, role, issuer.token()) == "IDPCommunicationError"
            assert not issuer.asked and "gives no keys" in server.log_tail()
        server.stop()
        server.command("audit", "verify", server.data)
        server.verify()
    finally:
        issuer.close()
        server.kill()
        server.remove()
