"""IAM and STS as boto3 and aws-cli speak them: users with the policies that they have and no more, roles, sessions that
narrow and end, and every refusal under the code by which a program would tell it.
"""

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import new_bucket_name

ACCOUNT = "000000000001"
RUN_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cairn/run"
RUN = "0198a1b2-7000-7000-8000-0123456789ab"


def client(server, service, key=None, token=None, **config):
    """A client of `service` that signs with `key` (id, secret), the server's own without one."""
    identifier, secret = key or (server.access_key, server.secret_key)
    settings = Config(retries={"total_max_attempts": 1, "mode": "standard"}, connect_timeout=10, read_timeout=60,
                      s3={"addressing_style": "path"}, **config)
    return boto3.client(service, endpoint_url=server.endpoint, aws_access_key_id=identifier,
                        aws_secret_access_key=secret, aws_session_token=token, region_name="us-east-1",
                        config=settings, verify=str(server.certificate) if server.certificate else None)


def session_client(server, service, credentials, **config):
    return client(server, service, (credentials["AccessKeyId"], credentials["SecretAccessKey"]),
                  credentials["SessionToken"], **config)


def allow(actions, *resources, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": list(resources), **more}]})


class Refused:
    """The block ends with this code (and status)."""

    def __init__(self, code, status=None):
        self.code, self.status = code, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert isinstance(error, ClientError), f"expected {self.code}, got {error!r}"
        found = error.response["Error"]["Code"]
        assert found == self.code, f"{found}: {error}"
        if self.status:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == self.status
        self.message = error.response["Error"].get("Message", "")
        return True


@pytest.fixture(scope="module")
def iam(server):
    return client(server, "iam")


@pytest.fixture(scope="module")
def sts(server):
    return client(server, "sts")


@pytest.fixture
def user(iam, request):
    """A user with a key, and away with both afterwards."""
    name = new_bucket_name("user")
    iam.create_user(UserName=name)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    yield name, (made["AccessKeyId"], made["SecretAccessKey"])
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
    iam.delete_user(UserName=name)


# Sessions


def test_the_account_and_a_session_know_themselves(server, sts):
    told = sts.get_caller_identity()
    assert (told["Account"], told["Arn"], told["UserId"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT)
    answer = sts.assume_role(RoleArn=RUN_ROLE, RoleSessionName="train", SourceIdentity="alice")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/run/train"
    assert answer["SourceIdentity"] == "alice" and answer["Credentials"]["AccessKeyId"].startswith("ASIA")
    told = session_client(server, "sts", answer["Credentials"]).get_caller_identity()
    assert told["Arn"] == answer["AssumedRoleUser"]["Arn"]
    assert told["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]


@pytest.mark.parametrize("signature", ["s3v4", "s3"])
def test_a_run_reads_and_writes_with_its_session(server, sts, s3, bucket, signature):
    credentials = sts.assume_role(
        RoleArn=RUN_ROLE, RoleSessionName="curate",
        Tags=[{"Key": "cairn:job", "Value": "curate"}, {"Key": "cairn:run", "Value": RUN}])["Credentials"]
    run = session_client(server, "s3", credentials, signature_version=signature)
    run.put_object(Bucket=bucket, Key="k", Body=b"bytes")
    assert run.get_object(Bucket=bucket, Key="k")["Body"].read() == b"bytes"
    url = run.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert urllib.request.urlopen(url, timeout=10).read() == b"bytes"
    form = run.generate_presigned_post(bucket, "posted")
    assert "x-amz-security-token" in form["fields"]
    assert post(form) == 204
    assert s3.head_object(Bucket=bucket, Key="posted")["ContentLength"] == 4
    # Without its token, or with another's, a temporary key opens nothing, wherever the token would stand.
    form["fields"]["x-amz-security-token"] = "another"
    assert post(form) in (400, 403)
    del form["fields"]["x-amz-security-token"]
    assert post(form) == 403
    for token, code in ((None, "InvalidAccessKeyId"), ("another", "InvalidToken")):
        key = (credentials["AccessKeyId"], credentials["SecretAccessKey"])
        bad = client(server, "s3", key, token, signature_version=signature)
        with Refused(code):
            bad.get_object(Bucket=bucket, Key="k")
        url = bad.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url, timeout=10)
        assert code in refused.value.read().decode()


def post(form):
    """The status of a form upload."""
    border = "border"
    body = "".join(f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                   for name, value in form["fields"].items())
    body += f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nform\r\n--{border}--\r\n'
    request = urllib.request.Request(form["url"], body.encode(), method="POST",
                                     headers={"Content-Type": f"multipart/form-data; boundary={border}"})
    try:
        return urllib.request.urlopen(request, timeout=10).status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("change, code", [
    ({"RoleSessionName": "no spaces"}, "ValidationError"),
    ({"DurationSeconds": 899}, "ParamValidation"),
    ({"DurationSeconds": 43_201}, "ParamValidation"),
    ({"Tags": [{"Key": "cairn:run", "Value": "no-uuid"}]}, "ValidationError"),
    ({"Tags": [{"Key": "aws:x", "Value": "v"}]}, "ValidationError"),
    ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "InvalidInput"),
    ({"Tags": [{"Key": "a", "Value": "<"}]}, "ValidationError"),
    ({"TransitiveTagKeys": ["a"]}, "ValidationError"),
    ({"SourceIdentity": "aws:x"}, "ValidationError"),
    ({"Policy": "{"}, "MalformedPolicyDocument"),
    ({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/NoSuchPolicy"}]}, "NoSuchEntity"),
    ({"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/no-such-role"}, "AccessDenied"),
    ({"RoleArn": "arn:aws:iam::000000000099:role/cairn/run"}, "AccessDenied"),
    ({"SerialNumber": "arn:aws:iam::1:mfa/x", "TokenCode": "123456"}, "ValidationError"),
])
def test_what_a_session_says_of_itself_is_checked(server, change, code):
    sts = client(server, "sts", parameter_validation=False)
    with Refused("ValidationError" if code == "ParamValidation" else code):
        sts.assume_role(**({"RoleArn": RUN_ROLE, "RoleSessionName": "name"} | change))


def test_tags_and_source_identity_go_down_the_chain(server, sts):
    first = sts.assume_role(
        RoleArn=RUN_ROLE, RoleSessionName="first", SourceIdentity="alice", TransitiveTagKeys=["cairn:job"],
        Tags=[{"Key": "cairn:job", "Value": "etl"}, {"Key": "other", "Value": "1"}])["Credentials"]
    inner = session_client(server, "sts", first)
    second = inner.assume_role(RoleArn=RUN_ROLE, RoleSessionName="second")
    assert second["SourceIdentity"] == "alice"
    with Refused("AccessDenied"):
        inner.assume_role(RoleArn=RUN_ROLE, RoleSessionName="second", SourceIdentity="bob")
    with Refused("ValidationError"):
        inner.assume_role(RoleArn=RUN_ROLE, RoleSessionName="second", Tags=[{"Key": "Cairn:Job", "Value": "x"}])


def test_a_session_policy_narrows_and_stays(server, sts, s3, bucket):
    s3.put_object(Bucket=bucket, Key="in/a", Body=b"a")
    s3.put_object(Bucket=bucket, Key="out/b", Body=b"b")
    policy = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/in/*")
    credentials = sts.assume_role(RoleArn=RUN_ROLE, RoleSessionName="narrow", Policy=policy)["Credentials"]
    # A session of the session has no more.
    again = session_client(server, "sts", credentials)
    chained = again.assume_role(RoleArn=RUN_ROLE, RoleSessionName="again")["Credentials"]
    for held in (credentials, chained):
        run = session_client(server, "s3", held)
        assert run.get_object(Bucket=bucket, Key="in/a")["Body"].read() == b"a"
        with Refused("AccessDenied"):
            run.get_object(Bucket=bucket, Key="out/b")
        with Refused("AccessDenied"):
            run.put_object(Bucket=bucket, Key="in/a", Body=b"x")
        with Refused("AccessDenied"):
            run.list_objects_v2(Bucket=bucket)
        with Refused("AccessDenied"):
            run.copy_object(Bucket=bucket, Key="in/c", CopySource=f"{bucket}/in/a")
        with Refused("AccessDenied"):
            session_client(server, "iam", held).list_users()


def test_federation_has_what_its_policy_says_and_nothing_without_one(server, sts, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"k")
    with Refused("AccessDenied"):
        session_client(server, "s3", sts.get_federation_token(Name="bob")["Credentials"]).list_buckets()
    answer = sts.get_federation_token(Name="bob", Policy=allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    assert answer["FederatedUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    bob = session_client(server, "s3", answer["Credentials"])
    assert bob.get_object(Bucket=bucket, Key="k")["Body"].read() == b"k"
    with Refused("AccessDenied"):
        bob.delete_object(Bucket=bucket, Key="k")
    with Refused("AccessDenied"):
        session_client(server, "sts", answer["Credentials"]).assume_role(RoleArn=RUN_ROLE, RoleSessionName="more")


def test_a_session_token_reaches_s3_and_not_iam(server, sts, s3):
    credentials = sts.get_session_token(DurationSeconds=900)["Credentials"]
    session_client(server, "s3", credentials).list_buckets()
    with Refused("AccessDenied"):
        session_client(server, "iam", credentials).list_users()
    with Refused("AccessDenied"):
        session_client(server, "sts", credentials).get_session_token()


# Users


def test_a_user_without_a_policy_may_nothing(server, s3, bucket, user):
    name, key = user
    s3.put_object(Bucket=bucket, Key="k", Body=b"k")
    own = client(server, "s3", key)
    with Refused("AccessDenied"):
        own.list_buckets()
    with Refused("AccessDenied"):
        own.get_object(Bucket=bucket, Key="k")
    with Refused("AccessDenied"):
        own.create_bucket(Bucket=new_bucket_name())
    with Refused("AccessDenied"):
        client(server, "iam", key).create_user(UserName="more")
    told = client(server, "sts", key).get_caller_identity()
    assert told["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{name}" and told["UserId"].startswith("AIDA")


def test_a_user_has_one_prefix(server, iam, s3, bucket, user):
    name, key = user
    own = client(server, "s3", key)
    iam.put_user_policy(UserName=name, PolicyName="prefix", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
             "Resource": f"arn:aws:s3:::{bucket}/home/${{aws:username}}/*"},
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}",
             "Condition": {"StringLike": {"s3:prefix": f"home/{name}/*"}}}]}))
    s3.put_object(Bucket=bucket, Key="home/other/k", Body=b"other")
    own.put_object(Bucket=bucket, Key=f"home/{name}/k", Body=b"own")
    assert own.get_object(Bucket=bucket, Key=f"home/{name}/k")["Body"].read() == b"own"
    listed = own.list_objects_v2(Bucket=bucket, Prefix=f"home/{name}/")
    assert [entry["Key"] for entry in listed["Contents"]] == [f"home/{name}/k"]
    for refused in (lambda: own.get_object(Bucket=bucket, Key="home/other/k"),
                    lambda: own.put_object(Bucket=bucket, Key="home/other/k", Body=b"x"),
                    lambda: own.copy_object(Bucket=bucket, Key=f"home/{name}/c", CopySource=f"{bucket}/home/other/k"),
                    lambda: own.list_objects_v2(Bucket=bucket),
                    lambda: own.create_multipart_upload(Bucket=bucket, Key="elsewhere"),
                    lambda: own.delete_bucket(Bucket=bucket)):
        with Refused("AccessDenied"):
            refused()
    deleted = own.delete_objects(Bucket=bucket, Delete={"Objects": [
        {"Key": "home/other/k"}, {"Key": f"home/{name}/k"}]})
    assert [entry["Key"] for entry in deleted["Deleted"]] == [f"home/{name}/k"]
    assert [entry["Code"] for entry in deleted["Errors"]] == ["AccessDenied"]
    # Their runs have the same and no more, and end with the policy.
    runs = client(server, "sts", key).assume_role(RoleArn=RUN_ROLE, RoleSessionName="of-user")["Credentials"]
    run = session_client(server, "s3", runs)
    run.put_object(Bucket=bucket, Key=f"home/{name}/run", Body=b"run")
    with Refused("AccessDenied"):
        run.get_object(Bucket=bucket, Key="home/other/k")
    iam.delete_user_policy(UserName=name, PolicyName="prefix")
    for held in (own, run):
        with Refused("AccessDenied"):
            held.get_object(Bucket=bucket, Key=f"home/{name}/run")


def test_groups_and_managed_policies_add_up_and_a_deny_wins(server, iam, s3, bucket, user):
    name, key = user
    own = client(server, "s3", key)
    group = new_bucket_name("group")
    iam.create_group(GroupName=group)
    iam.attach_group_policy(GroupName=group, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.add_user_to_group(GroupName=group, UserName=name)
    assert [u["UserName"] for u in iam.get_group(GroupName=group)["Users"]] == [name]
    s3.put_object(Bucket=bucket, Key="k", Body=b"k")
    assert own.get_object(Bucket=bucket, Key="k")["Body"].read() == b"k"
    with Refused("AccessDenied"):
        own.put_object(Bucket=bucket, Key="k", Body=b"x")
    full = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
    iam.attach_user_policy(UserName=name, PolicyArn=full)
    own.put_object(Bucket=bucket, Key="k", Body=b"x")
    made = iam.create_policy(PolicyName=new_bucket_name("deny"), PolicyDocument=json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/k"}]}))["Policy"]
    iam.attach_user_policy(UserName=name, PolicyArn=made["Arn"])
    with Refused("AccessDenied"):
        own.get_object(Bucket=bucket, Key="k")
    holders = iam.list_entities_for_policy(PolicyArn=made["Arn"])
    assert [u["UserName"] for u in holders["PolicyUsers"]] == [name]
    with Refused("DeleteConflict", 409):
        iam.delete_policy(PolicyArn=made["Arn"])
    with Refused("DeleteConflict"):
        iam.delete_user(UserName=name)
    with Refused("DeleteConflict"):
        iam.delete_group(GroupName=group)
    iam.detach_user_policy(UserName=name, PolicyArn=made["Arn"])
    iam.delete_policy(PolicyArn=made["Arn"])
    assert own.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    iam.remove_user_from_group(GroupName=group, UserName=name)
    iam.detach_group_policy(GroupName=group, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.delete_group(GroupName=group)


def test_keys_of_a_user_are_switched_off_and_taken_away(server, iam, user):
    name, key = user
    second = iam.create_access_key(UserName=name)["AccessKey"]
    with Refused("LimitExceeded", 409):
        iam.create_access_key(UserName=name)
    sts = client(server, "sts", key)
    run = session_client(server, "sts", sts.assume_role(RoleArn=RUN_ROLE, RoleSessionName="r1")["Credentials"])
    run.get_caller_identity()
    iam.update_access_key(UserName=name, AccessKeyId=key[0], Status="Inactive")
    states = {k["AccessKeyId"]: k["Status"] for k in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]}
    assert states == {key[0]: "Inactive", second["AccessKeyId"]: "Active"}
    for held in (sts, run):
        with Refused("InvalidClientTokenId", 403):
            held.get_caller_identity()
    iam.update_access_key(UserName=name, AccessKeyId=key[0], Status="Active")
    run.get_caller_identity()
    iam.delete_access_key(UserName=name, AccessKeyId=key[0])
    for held in (sts, run):
        with Refused("InvalidClientTokenId", 403):
            held.get_caller_identity()
    with Refused("NoSuchEntity", 404):
        iam.delete_access_key(UserName=name, AccessKeyId=key[0])
    with Refused("InvalidAccessKeyId"):
        client(server, "s3", key).list_buckets()


def test_a_user_manages_what_its_policy_names(server, iam, user):
    name, key = user
    own = client(server, "iam", key)
    iam.put_user_policy(UserName=name, PolicyName="team", PolicyDocument=allow(
        "iam:*", f"arn:aws:iam::{ACCOUNT}:user/team/*"))
    made = own.create_user(UserName=name + "-a", Path="/team/")["User"]
    assert made["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/team/{name}-a"
    with Refused("AccessDenied", 403) as refused:
        own.create_user(UserName=name + "-b")
    assert f"not authorized to perform: iam:CreateUser on resource: arn:aws:iam::{ACCOUNT}:user/{name}-b" \
        in refused.message
    with Refused("AccessDenied"):
        own.update_user(UserName=name + "-a", NewPath="/")
    with Refused("AccessDenied"):
        own.put_user_policy(UserName=name, PolicyName="more", PolicyDocument=allow("*", "*"))
    with Refused("AccessDenied"):
        own.create_access_key()
    own.delete_user(UserName=name + "-a")


# What is told of calls


def test_the_last_use_of_a_key_is_told(server, iam, user):
    name, key = user
    assert "LastUsedDate" not in iam.get_access_key_last_used(AccessKeyId=key[0])["AccessKeyLastUsed"]
    client(server, "sts", key).get_caller_identity()
    told = iam.get_access_key_last_used(AccessKeyId=key[0])
    assert told["UserName"] == name and told["AccessKeyLastUsed"]["ServiceName"] == "sts"
    age = datetime.now(timezone.utc) - told["AccessKeyLastUsed"]["LastUsedDate"]
    assert timedelta(0) <= age < timedelta(minutes=2)


def test_metrics_count_actions(server, iam, sts):
    with Refused("NoSuchEntity"):
        iam.get_user(UserName="nobody")
    sts.get_caller_identity()
    with urllib.request.urlopen(f"http://{server.host}:{server.admin_port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    for start in ('cairn_requests_total{operation="iam:GetUser",status="4xx"} ',
                  'cairn_requests_total{operation="sts:GetCallerIdentity",status="2xx"} ',
                  'cairn_request_duration_seconds_count{operation="iam:GetUser"} ',
                  'cairn_errors_total{code="NoSuchEntity"} '):
        assert any(line.startswith(start) for line in lines), start


# The life of entities


def test_users_are_listed_in_pages_and_renamed(iam):
    names = sorted(new_bucket_name("paged") for _ in range(5))
    for name in names:
        iam.create_user(UserName=name, Path="/paged/", Tags=[{"Key": "team", "Value": "x"}])
    with Refused("EntityAlreadyExists", 409):
        iam.create_user(UserName=names[0].upper())
    pages = list(iam.get_paginator("list_users").paginate(PathPrefix="/paged/", PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2, 1]
    assert sorted(u["UserName"] for page in pages for u in page["Users"]) == names
    assert iam.get_user(UserName=names[0])["User"]["Tags"] == [{"Key": "team", "Value": "x"}]
    iam.tag_user(UserName=names[0], Tags=[{"Key": "Team", "Value": "y"}, {"Key": "b", "Value": ""}])
    iam.untag_user(UserName=names[0], TagKeys=["b"])
    assert iam.list_user_tags(UserName=names[0])["Tags"] == [{"Key": "Team", "Value": "y"}]
    iam.update_user(UserName=names[0], NewUserName=names[0] + "-new", NewPath="/paged/new/")
    with Refused("NoSuchEntity", 404):
        iam.get_user(UserName=names[0])
    assert iam.get_user(UserName=names[0] + "-new")["User"]["Path"] == "/paged/new/"
    for name in [names[0] + "-new", *names[1:]]:
        iam.delete_user(UserName=name)
    assert iam.list_users(PathPrefix="/paged/")["Users"] == []


def test_managed_policies_have_versions(iam):
    name = new_bucket_name("policy")
    one, two = allow("s3:GetObject", "arn:aws:s3:::a/*"), allow("s3:GetObject", "arn:aws:s3:::b/*")
    arn = iam.create_policy(PolicyName=name, Path="/p/", PolicyDocument=one, Description="d")["Policy"]["Arn"]
    assert arn == f"arn:aws:iam::{ACCOUNT}:policy/p/{name}"
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=two, SetAsDefault=True)["PolicyVersion"][
        "VersionId"] == "v2"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"] == "v2"
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(one)
    for _ in range(3):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=one)
    with Refused("LimitExceeded"):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=one)
    listed = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(v["VersionId"], v["IsDefaultVersion"]) for v in listed][-2:] == [("v2", True), ("v1", False)]
    with Refused("DeleteConflict"):
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    with Refused("DeleteConflict"):
        iam.delete_policy(PolicyArn=arn)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v5")
    for version in ("v1", "v2", "v3", "v4"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    assert [p["Arn"] for p in iam.list_policies(Scope="Local", PathPrefix="/p/")["Policies"]] == [arn]
    iam.delete_policy(PolicyArn=arn)
    with Refused("NoSuchEntity"):
        iam.get_policy(PolicyArn=arn)
    builtin = {p["PolicyName"] for p in iam.list_policies(Scope="AWS")["Policies"]}
    assert builtin == {"AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "IAMFullAccess", "IAMReadOnlyAccess"}
    with Refused("UnmodifiableEntity"):
        iam.delete_policy(PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")


def test_a_role_is_assumed_by_whom_it_trusts(server, iam, s3, bucket, user):
    name, key = user
    role = new_bucket_name("role")
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"

    def trust(principal, **more):
        return json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole", **more}]})

    sts = client(server, "sts", key)
    iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:user/{name}"))
    iam.put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=allow(
        "s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    s3.put_object(Bucket=bucket, Key="k", Body=b"k")
    answer = sts.assume_role(RoleArn=arn, RoleSessionName="reader")
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/reader"
    reader = session_client(server, "s3", answer["Credentials"])
    assert reader.get_object(Bucket=bucket, Key="k")["Body"].read() == b"k"
    with Refused("AccessDenied"):
        reader.put_object(Bucket=bucket, Key="k", Body=b"x")
    # Tags need a permission of their own, and sessions live as long as the role says.
    with Refused("AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="reader", Tags=[{"Key": "a", "Value": "b"}])
    with Refused("ValidationError"):
        sts.assume_role(RoleArn=arn, RoleSessionName="reader", DurationSeconds=7200)
    # A run inside the role's session has the role's rights.
    inner = session_client(server, "sts", answer["Credentials"])
    run = inner.assume_role(RoleArn=RUN_ROLE, RoleSessionName="run")["Credentials"]
    assert session_client(server, "s3", run).get_object(Bucket=bucket, Key="k")["Body"].read() == b"k"
    with Refused("AccessDenied"):
        session_client(server, "s3", run).delete_object(Bucket=bucket, Key="k")
    # Trusting the account leaves it to the account's policies.
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:root"))
    with Refused("AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="reader")
    iam.put_user_policy(UserName=name, PolicyName="assume", PolicyDocument=allow("sts:AssumeRole", arn))
    sts.assume_role(RoleArn=arn, RoleSessionName="reader")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(
        f"arn:aws:iam::{ACCOUNT}:root", Condition={"StringEquals": {"sts:ExternalId": "secret"}}))
    with Refused("AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="reader")
    sts.assume_role(RoleArn=arn, RoleSessionName="reader", ExternalId="secret")
    # The policy of the user alone does not do: the role must trust.
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust(f"arn:aws:iam::{ACCOUNT}:user/nobody"))
    with Refused("AccessDenied"):
        sts.assume_role(RoleArn=arn, RoleSessionName="reader")
    iam.update_role(RoleName=role, MaxSessionDuration=7200, Description="reads")
    shown = iam.get_role(RoleName=role)["Role"]
    assert (shown["MaxSessionDuration"], shown["Description"]) == (7200, "reads")
    iam.delete_role_policy(RoleName=role, PolicyName="read")
    with Refused("AccessDenied"):
        reader.get_object(Bucket=bucket, Key="k")
    iam.delete_role(RoleName=role)
    with Refused("AccessDenied"):
        reader.get_object(Bucket=bucket, Key="k")
    assert "run" in [r["RoleName"] for r in iam.list_roles(PathPrefix="/cairn/")["Roles"]]
    with Refused("UnmodifiableEntity"):
        iam.delete_role(RoleName="run")


@pytest.mark.parametrize("call, code", [
    (lambda iam: iam.get_user(UserName="nobody-of-that-name"), "NoSuchEntity"),
    (lambda iam: iam.create_user(UserName="no spaces"), "ValidationError"),
    (lambda iam: iam.create_user(UserName="x" * 65), "ValidationError"),
    (lambda iam: iam.create_user(UserName="x", Path="no-slash"), "ValidationError"),
    (lambda iam: iam.create_policy(PolicyName="x", PolicyDocument="no json"), "MalformedPolicyDocument"),
    (lambda iam: iam.create_policy(PolicyName="x", PolicyDocument="{}"), "MalformedPolicyDocument"),
    (lambda iam: iam.create_role(RoleName="x", AssumeRolePolicyDocument="{}"), "MalformedPolicyDocument"),
    (lambda iam: iam.create_user(UserName="x", PermissionsBoundary=RUN_ROLE), "ValidationError"),
    (lambda iam: iam.list_users(Marker="%%%"), "ValidationError"),
    (lambda iam: iam.list_virtual_mfa_devices(), "NotImplemented"),
    (lambda iam: iam.create_login_profile(UserName="x", Password="y"), "NotImplemented"),
])
def test_iam_refuses_in_its_own_codes(server, call, code):
    with Refused(code):
        call(client(server, "iam", parameter_validation=False))


def test_calls_are_signed_with_their_body(server):
    with Refused("SignatureDoesNotMatch", 403):
        client(server, "sts", (server.access_key, "wrong-secret")).get_caller_identity()
    with Refused("InvalidClientTokenId", 403):
        client(server, "sts", ("AKIANOSUCHKEY", "wrong-secret")).get_caller_identity()
    body = urllib.parse.urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"})
    request = urllib.request.Request(server.endpoint, body.encode(), method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    assert refused.value.code == 403 and b"MissingAuthenticationToken" in refused.value.read()


def test_a_presigned_caller_identity_is_a_proof_for_others(server, sts):
    for method in ("GET", "POST"):
        url = sts.generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod=method)
        answer = urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10).read()
        assert f"<Account>{ACCOUNT}</Account>".encode() in answer


def test_aws_cli_assumes_the_role_of_runs(server, bucket):
    def aws(*words, **environment):
        done = subprocess.run([sys.executable, "-m", "awscli", *words],
                              env=server.environment(AWS_PAGER="", AWS_MAX_ATTEMPTS="1") | environment,
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout

    name = new_bucket_name("cli")
    assert aws("iam", "create-user", "--user-name", name)["User"]["UserName"] == name
    made = aws("sts", "assume-role", "--role-arn", RUN_ROLE, "--role-session-name", "cli",
               "--tags", f"Key=cairn:run,Value={RUN}", "Key=cairn:job,Value=curate")["Credentials"]
    held = {"AWS_ACCESS_KEY_ID": made["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"]}
    assert aws("sts", "get-caller-identity", **held)["Arn"].endswith("assumed-role/run/cli")
    assert name in str(aws("iam", "list-users", **held))
    aws("s3api", "put-object", "--bucket", bucket, "--key", "k", **held)
    assert "k" in aws("s3", "ls", f"s3://{bucket}", **held)
    aws("iam", "delete-user", "--user-name", name)


def test_identities_survive_a_restart(server, iam, sts, user):
    name, key = user
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=allow("s3:ListAllMyBuckets", "*"))
    credentials = sts.assume_role(RoleArn=RUN_ROLE, RoleSessionName="before")["Credentials"]
    server.stop()
    server.start()
    told = session_client(server, "sts", credentials).get_caller_identity()
    assert told["Arn"].endswith("assumed-role/run/before")
    session_client(server, "s3", credentials).list_buckets()
    client(server, "s3", key).list_buckets()
    assert client(server, "iam").get_user_policy(UserName=name, PolicyName="p")["PolicyDocument"] == json.loads(
        allow("s3:ListAllMyBuckets", "*"))


def test_what_cannot_be_made_is_listed_as_nothing(iam):
    """Programs that remove a user or a role ask for these first."""
    name = new_bucket_name("user")
    iam.create_user(UserName=name)
    assert iam.list_mfa_devices(UserName=name)["MFADevices"] == []
    assert iam.list_ssh_public_keys(UserName=name)["SSHPublicKeys"] == []
    assert iam.list_signing_certificates(UserName=name)["Certificates"] == []
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    iam.delete_user(UserName=name)
    with Refused("NoSuchEntity"):
        iam.list_mfa_devices(UserName=name)
