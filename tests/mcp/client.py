"""What an assistant's own client makes of /mcp: it lists and calls every tool, reads every resource, gets every prompt.

The client validates each answer by the protocol's schema, and structured content by the tool's own. Run by main.rs.
"""

import asyncio
import json
import os
import sys
from datetime import date, timedelta

import httpx2
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

URL = os.environ["SPINDLE_MCP_URL"]
TOKEN = os.environ["SPINDLE_MCP_TOKEN"]
NOWHERE = "0190aaaa-0000-7000-8000-00000000dead"


def check(is_so, *said):
    if not is_so:
        sys.exit(" ".join(["not so:", *map(str, said)]))


async def main():
    for mode in ["auto", "legacy", "2026-07-28"]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
            async with Client(streamable_http_client(URL, http_client=http), mode=mode) as client:
                await everything(client, mode)


async def everything(client, mode):
    expected = "2025-11-25" if mode == "legacy" else "2026-07-28"
    check(client.protocol_version == expected, mode, client.protocol_version)
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    for tool in tools.values():
        Draft202012Validator.check_schema(tool.input_schema)
        Draft202012Validator.check_schema(tool.output_schema)
        check(tool.annotations is not None and tool.description, tool.name)
    called = set()

    async def call(name, arguments):
        # What is sent is what the schema lets through.
        problems = list(Draft202012Validator(tools[name].input_schema).iter_errors(arguments))
        check(not problems, name, problems)
        result = await client.call_tool(name, arguments)
        check(not result.is_error, name, result)
        check(json.loads(result.content[0].text) == result.structured_content, name)
        called.add(name)
        return result.structured_content

    async def refused(name, arguments):
        result = await client.call_tool(name, arguments)
        check(result.is_error, name, arguments, result)
        return result.content[0].text

    tomorrow = (date.today() + timedelta(days=1)).isoformat()
    drafts = await call("parse", {"text": "call mom tomorrow at 5pm #family"})
    check(drafts["tasks"][0]["task"]["title"] == "call mom", drafts)
    key = f"once-{mode}"
    adding = {
        "tasks": [
            {"text": f"water the plants {tomorrow} #{mode}"},
            {"title": "file the report", "due_date": tomorrow, "priority": "high", "tags": [mode]},
            {"title": ""},
        ],
        "idempotency_key": key,
    }
    problems = list(Draft202012Validator(tools["add_tasks"].input_schema).iter_errors(adding))
    check(problems, "an empty title is wrong by the schema, too")
    added = (await client.call_tool("add_tasks", adding)).structured_content
    called.add("add_tasks")
    check([it["ok"] for it in added["results"]] == [True, True, False], added)
    check(added["results"][2]["error"]["errors"][0]["field"] == "title", added)
    again = (await client.call_tool("add_tasks", adding)).structured_content
    check(again == added, "a call that is sent again has no further effect")
    one, two = (it["task"]["id"] for it in added["results"][:2])

    found = await call("find_tasks", {"filter": f"tag = {mode} & due < today+7d", "sort": "due"})
    check({it["id"] for it in found["items"]} == {one, two}, found)
    page = await call("find_tasks", {"tag": mode, "limit": 1})
    rest = await call("find_tasks", {"tag": mode, "limit": 1, "cursor": page["next"]})
    check({page["items"][0]["id"], rest["items"][0]["id"]} == {one, two}, page, rest)

    changed = await call("update_tasks", {"tasks": [{"id": one, "changes": {"priority": "low"}}]})
    check(changed["results"][0]["task"]["priority"] == "low", changed)
    moved = await call(
        "reschedule_tasks",
        {"tasks": [{"id": one, "due": "next friday 5pm"}, {"id": two, "due": None}], "timezone": "UTC"},
    )
    check(moved["results"][0]["task"]["due_date"].endswith("T17:00:00Z"), moved)
    check(moved["results"][1]["task"]["due_date"] is None, moved)
    reminder = await call("add_reminder", {"task_id": one, "lead_time": "1h"})
    check(reminder["reminder"]["task_id"] == one, reminder)
    done = await call("complete_tasks", {"ids": [one, NOWHERE]})
    check([it["ok"] for it in done["results"]] == [True, False], done)
    check(done["results"][0]["task"]["status"] == "completed", done)

    await resources(client, one)
    await prompts(client)

    for _ in range(300):
        trail = await call("activity", {"task_id": one})
        actions = [it["action"] for it in trail["items"]]
        if "completed" in actions and "created" in actions:
            break
        await asyncio.sleep(0.1)
    check("completed" in actions and "created" in actions, trail)
    request = await call("activity", {"correlation_id": done["correlation_id"]})
    check(any(it["entity_id"] == one for it in request["items"]), request)

    deleted = await call("delete_tasks", {"ids": [one, two]})
    check(all(it["ok"] for it in deleted["results"]), deleted)
    check(called == set(tools), "tools that were not called:", set(tools) - called)

    said = await refused("find_tasks", {"status": "gone", "limit": 0})
    check("status must be" in said and "limit must be" in said, said)
    said = await refused("reschedule_tasks", {"tasks": []})
    check(said.startswith("tasks must be"), said)
    try:
        await client.call_tool("format_disk", {})
        check(False, "a tool that there is not was called")
    except MCPError as error:
        check(error.error.code == -32602, error)
    print(f"{mode}: {client.protocol_version}, {len(called)} tools")


async def resources(client, task):
    listed = (await client.list_resources()).resources
    check(len(listed) == 4, listed)
    for resource in listed:
        read = await client.read_resource(str(resource.uri))
        document = json.loads(read.contents[0].text)
        check(isinstance(document["items"], list), resource.uri, document)
    templates = (await client.list_resource_templates()).resource_templates
    uri = templates[0].uri_template.replace("{id}", task)
    read = await client.read_resource(uri)
    check(json.loads(read.contents[0].text)["id"] == task, read)
    try:
        await client.read_resource(templates[0].uri_template.replace("{id}", NOWHERE))
        check(False, "a task that there is not was read")
    except MCPError as error:
        check(error.error.code in (-32602, -32002), error)


async def prompts(client):
    listed = (await client.list_prompts()).prompts
    check({it.name for it in listed} == {"plan_my_day", "weekly_review"}, listed)
    for prompt in listed:
        got = await client.get_prompt(prompt.name, {"focus": "work"})
        check("work" in got.messages[0].content.text, got)
        embedded = [it.content for it in got.messages if it.content.type == "resource"]
        check(len(embedded) >= 2, got)


asyncio.run(main())
