using System.Text.Json;
using Json.Schema;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Mcp;

/// <summary>What the tools give and refuse, by the SDK's own client.</summary>
[Collection(AzureCollection.Name)]
public sealed class McpToolTests(AzureServices azure) : IAsyncLifetime
{
    private const string Fig = "A fig drops its leaves when it stands in a cold draught.\n\nWater it when the soil is dry.";

    private McpHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await McpHost.StartAsync(azure);
        await _host.AddCollectionAsync("garden", "gardener");
        await _host.AddDocumentAsync("garden", "trees/fig #1-2.md", Fig);
        await _host.AddDocumentAsync("garden", "rose.md", "Roses want sun.");
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    [InlineData("2026-07-28")]
    public async Task Tools_ByAnyVersionOfTheProtocol_AreListedAndWork(string? version)
    {
        await using var client = await _host.ConnectAsync(McpHost.Op, version);
        Assert.Equal(version ?? client.NegotiatedProtocolVersion, client.NegotiatedProtocolVersion);
        Assert.Equal("serverless", client.ServerInfo?.Name);
        var tools = await client.ListToolsAsync();
        Assert.Equal(["search", "fetch", "ask_gardener"], tools.Select(tool => tool.Name));
        Assert.All(tools, tool => Assert.Equal((true, false, false), (tool.ProtocolTool.Annotations!.ReadOnlyHint, tool.ProtocolTool.Annotations.DestructiveHint, tool.ProtocolTool.Annotations.OpenWorldHint)));
        Assert.All(tools, tool => Assert.Contains("untrusted", tool.Description, StringComparison.Ordinal));
        foreach (var (name, arguments) in ((string, Dictionary<string, object?>)[])[("search", new() { ["query"] = "cold draught" }), ("fetch", new() { ["id"] = "garden/rose.md" }), ("ask_gardener", new() { ["question"] = "Why does a fig drop its leaves?" })])
        {
            var result = await client.CallToolAsync(name, arguments);
            Assert.NotEqual(true, result.IsError);
            Follows(tools.Single(tool => tool.Name == name).ProtocolTool.OutputSchema!.Value, result.StructuredContent!.Value);
        }
    }

    [Fact]
    public async Task Search_OfWords_GivesPassagesWhoseIdsFetchTakes()
    {
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var found = await client.CallToolAsync("search", new Dictionary<string, object?> { ["query"] = "Why does the fig drop leaves in a cold draught?", ["top"] = 2 });
        var results = found.StructuredContent!.Value.GetProperty("results");
        Assert.Equal(2, results.GetArrayLength());
        var best = results[0];
        Assert.Equal("garden/trees/fig #1-2.md#0-56", best.GetProperty("id").GetString());
        Assert.Equal("trees/fig #1-2.md", best.GetProperty("title").GetString());
        Assert.Equal(Fig.Split('\n')[0], best.GetProperty("text").GetString());
        Assert.Equal(new Uri(_host.Address, "/collections/garden/documents/trees/fig%20%231-2.md?content=text").AbsoluteUri, best.GetProperty("url").GetString());

        // What OpenAI's connectors read: one block of text, JSON.
        var text = JsonDocument.Parse(Assert.IsType<TextContentBlock>(Assert.Single(found.Content)).Text).RootElement;
        Assert.True(JsonElement.DeepEquals(found.StructuredContent.Value, text));

        var fetched = (await client.CallToolAsync("fetch", new Dictionary<string, object?> { ["id"] = best.GetProperty("id").GetString() })).StructuredContent!.Value;
        Assert.Equal((best.GetProperty("id").GetString(), Fig, best.GetProperty("url").GetString()), (fetched.GetProperty("id").GetString(), fetched.GetProperty("text").GetString(), fetched.GetProperty("url").GetString()));
        Assert.Equal(("0", "88", "88"), (Metadata(fetched, "start"), Metadata(fetched, "end"), Metadata(fetched, "length")));
        using var page = new HttpRequestMessage(HttpMethod.Get, best.GetProperty("url").GetString());
        page.Headers.TryAddWithoutValidation("x-api-key", McpHost.Op);
        using var shown = await _host.Gateway.Http.SendAsync(page);
        Assert.Equal(Fig, await shown.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Search_OverSeveralCollections_RanksThemAsOne()
    {
        await _host.AddCollectionAsync("pond", null);
        await _host.AddDocumentAsync("pond", "koi.md", "Koi eat at the surface of a warm pond.");
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var koi = (await client.CallToolAsync("search", new Dictionary<string, object?> { ["query"] = "What do koi eat in a warm pond?" })).StructuredContent!.Value.GetProperty("results");
        Assert.Equal("pond/koi.md#0-38", koi[0].GetProperty("id").GetString());
        var rose = (await client.CallToolAsync("search", new Dictionary<string, object?> { ["query"] = "Roses want sun" })).StructuredContent!.Value.GetProperty("results");
        Assert.Equal("rose.md", rose[0].GetProperty("document").GetString());
        Assert.Equal(["garden", "pond"], koi.EnumerateArray().Select(hit => hit.GetProperty("collection").GetString()).Distinct().Order());
        var only = (await client.CallToolAsync("search", new Dictionary<string, object?> { ["query"] = "Roses want sun", ["collection"] = "pond" })).StructuredContent!.Value.GetProperty("results");
        Assert.Equal(["pond"], only.EnumerateArray().Select(hit => hit.GetProperty("collection").GetString()).Distinct());
    }

    [Fact]
    public async Task Search_WithAFilter_FindsWhatFulfilsIt()
    {
        await _host.AddDocumentAsync("garden", "rose.fr.md", "Roses want sun, in French.", metadata: ("lang", "fr"));
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var found = await client.CallToolAsync("search", new Dictionary<string, object?> { ["query"] = "Roses want sun", ["filter"] = new { type = "eq", key = "lang", value = "fr" } });
        Assert.Equal(["rose.fr.md"], found.StructuredContent!.Value.GetProperty("results").EnumerateArray().Select(hit => hit.GetProperty("document").GetString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Search_WhereARouteReranks_IsRankedByThatForWhoMayUseIt(bool overTwo)
    {
        await _host.AddDocumentAsync("garden", "sun.md", "Roses want sun and more sun.");
        await _host.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", new { name = "rank", route_type = "llm/v1/rerank", model = new { provider = "gpu-worker", name = "small" } });
        await _host.AddRouteAsync("ranked", "garden", "rank");
        if (overTwo)
        {
            await _host.AddCollectionAsync("pond", null);
            await _host.AddRouteAsync("ranked-pond", "pond", "rank");
        }

        // The fig before all that is about roses.
        _host.Gateway.Provider.On("/v1/rerank", async http =>
        {
            var documents = (await JsonDocument.ParseAsync(http.Request.Body)).RootElement.GetProperty("documents").EnumerateArray().Select(document => document.ValueKind == JsonValueKind.String ? document.GetString()! : document.GetProperty("text").GetString()!);
            await FakeProvider.Json(http, new { model = "small", results = documents.Select((text, index) => new { index, relevance_score = text.Contains("fig", StringComparison.Ordinal) ? 0.9 : 0.1 }).OrderByDescending(result => result.relevance_score), usage = new { total_tokens = 5 } });
        });
        var arguments = new Dictionary<string, object?> { ["query"] = "Do roses want sun?" };
        await using var may = await _host.ConnectAsync(await _host.KeyAsync(new { name = "may" }));
        Assert.StartsWith("trees/fig", Best(await may.CallToolAsync("search", arguments)), StringComparison.Ordinal);
        Assert.Equal(1, _host.Gateway.Provider.Count("/v1/rerank"));
        await using var mayNot = await _host.ConnectAsync(await _host.KeyAsync(new { name = "may not", allowed_routes = new[] { "embed", "ranked" } }));
        Assert.DoesNotContain("fig", Best(await mayNot.CallToolAsync("search", arguments)), StringComparison.Ordinal);
        Assert.Equal(1, _host.Gateway.Provider.Count("/v1/rerank"));
    }

    [Fact]
    public async Task Search_OfMoreCollectionsThanAtOnce_AsksForOne()
    {
        for (var i = 0; i < 8; i++) await _host.AddCollectionAsync($"shelf{i}", null);
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var schema = (await client.ListToolsAsync())[0].ProtocolTool.InputSchema;
        Assert.Equal(["query", "collection"], schema.GetProperty("required").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(9, schema.GetProperty("properties").GetProperty("collection").GetProperty("enum").GetArrayLength());
        Assert.Contains("'collection' is required where more than 8 may be searched. Permitted: garden, shelf0,", Error(await client.CallToolAsync("search", new Dictionary<string, object?> { ["query"] = "x" })), StringComparison.Ordinal);
        Assert.NotEqual(true, (await client.CallToolAsync("search", new Dictionary<string, object?> { ["query"] = "x", ["collection"] = "shelf3" })).IsError);
    }

    [Fact]
    public async Task Fetch_OfALongDocument_GoesFromPartToPart()
    {
        var text = string.Concat(Enumerable.Range(0, 9000).Select(i => $"{i:0000}🌳"));
        await _host.AddDocumentAsync("garden", "long.txt", text);
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var (id, whole, parts) = ((string?)"garden/long.txt", "", 0);
        while (id is not null)
        {
            var part = (await client.CallToolAsync("fetch", new Dictionary<string, object?> { ["id"] = id })).StructuredContent!.Value;
            whole += part.GetProperty("text").GetString();
            parts++;
            id = part.GetProperty("metadata").TryGetProperty("next", out var next) ? next.GetString() : null;
        }

        Assert.Equal((text, 4), (whole, parts));
        var middle = (await client.CallToolAsync("fetch", new Dictionary<string, object?> { ["id"] = "garden/long.txt#30000-30006" })).StructuredContent!.Value;
        Assert.Contains("5000", middle.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("garden/long.txt#", Metadata(middle, "previous"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_Question_AnswersAsAnInvocationDoes()
    {
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var result = await client.CallToolAsync("ask_gardener", new Dictionary<string, object?> { ["question"] = "Why does a fig drop its leaves?" });
        var told = result.StructuredContent!.Value;
        var invoked = (await _host.Gateway.PostAsync("/gateway/gardener/invocations", new { question = "Why does a fig drop its leaves?" }, McpHost.Op)).Json;
        Assert.Equal(invoked.GetProperty("answer").GetString(), told.GetProperty("answer").GetString());
        Assert.True(told.GetProperty("answered").GetBoolean());
        Assert.Equal(
            invoked.GetProperty("citations").EnumerateArray().Select(citation => citation.GetProperty("text").GetString()),
            told.GetProperty("citations").EnumerateArray().Select(citation => citation.GetProperty("text").GetString()));
        Assert.Equal([1, 2], told.GetProperty("citations").EnumerateArray().Take(2).Select(citation => citation.GetProperty("number").GetInt32()));
        var text = Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
        Assert.StartsWith(told.GetProperty("answer").GetString(), text, StringComparison.Ordinal);
        Assert.Contains("\n[1] trees/fig #1-2.md (id: garden/trees/fig #1-2.md#0-56) http", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ask_WhatTheDocumentsDoNotHold_IsAnAnswerThatSaysSo()
    {
        await using var client = await _host.ConnectAsync(McpHost.Op);
        await _host.AddCollectionAsync("empty", "nobody");
        var result = await client.CallToolAsync("ask_nobody", new Dictionary<string, object?> { ["question"] = "Why?" });
        Assert.NotEqual(true, result.IsError);
        Assert.Equal(("The documents do not say.", false), (result.StructuredContent!.Value.GetProperty("answer").GetString(), result.StructuredContent.Value.GetProperty("answered").GetBoolean()));
        Assert.Equal(0, _host.Gateway.Provider.Count("/v1/chat/completions"));
    }

    [Fact]
    public async Task Ask_WithTurnsBefore_SearchesWithThem()
    {
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var history = new[] { new { role = "user", content = "Tell me of the fig and its leaves." }, new { role = "assistant", content = "It is a tree." } };
        var result = await client.CallToolAsync("ask_gardener", new Dictionary<string, object?> { ["question"] = "And why does it drop them?", ["history"] = history });
        Assert.NotEqual(true, result.IsError);
        Assert.Contains(_host.Gateway.Provider.Requests, request => request.Path == "/v1/embeddings" && request.Body.Contains("Tell me of the fig", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ask_WithAProgressToken_TellsHowFarItIs()
    {
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var told = new TaskCompletionSource<ProgressNotificationValue>();
        _host.Gateway.Provider.On("/v1/chat/completions", async http =>
        {
            await FakeProvider.SendAsync(http, FakeProvider.Chunk(isChat: true, "Half an answer", null));
            await told.Task.WaitAsync(TimeSpan.FromMinutes(1));
            await _host.Gateway.Provider.StreamAsync(http, isChat: true, " and the rest.");
        });
        var result = await client.CallToolAsync("ask_gardener", new Dictionary<string, object?> { ["question"] = "Why does a fig drop its leaves?" }, new Reports(told));
        Assert.NotEqual(true, result.IsError);
        Assert.InRange((await told.Task).Progress, 1, "Half an answer".Length);
    }

    /// <summary>A model mends its call by what it is told: which argument, and what is permitted.</summary>
    [Theory]
    [InlineData("search", "{}", "missing_field: 'query' is required.")]
    [InlineData("search", """{"query":" "}""", "'query' must not be empty")]
    [InlineData("search", """{"query":5}""", "'query' must be a string")]
    [InlineData("search", """{"query":"x","top":21}""", "'top' must be an integer from 1 to 20")]
    [InlineData("search", """{"query":"x","collection":"nowhere"}""", "collection_not_found: 'collection' is none that may be searched. Permitted: garden.")]
    [InlineData("search", """{"query":"x","filter":{"type":"like"}}""", "'filter.type' must be one of: eq, ne,")]
    [InlineData("search", """{"query":"x","limit":3}""", "'limit' is not a known field; known are: collection, filter, query, top.")]
    [InlineData("fetch", "{}", "'id' is required")]
    [InlineData("fetch", """{"id":"rose.md"}""", "'id' must be an id that 'search' gave")]
    [InlineData("fetch", """{"id":"garden/../x"}""", "'id' must be an id that 'search' gave")]
    [InlineData("fetch", """{"id":"garden/none.md#0-5"}""", "document_not_found: 'id' names no document that can be read")]
    [InlineData("ask_gardener", "{}", "'question' is required")]
    [InlineData("ask_gardener", """{"question":""}""", "'question'")]
    [InlineData("ask_gardener", """{"question":"x","history":[{"role":"system","content":"y"}]}""", "'history[0].role' must be user or assistant")]
    [InlineData("ask_gardener", """{"question":"x","history":[{"role":"user"}]}""", "'history[0].content' is required")]
    [InlineData("ask_gardener", """{"question":"x","history":5}""", "'history' must be a list of at most 50 objects")]
    [InlineData("ask_gardener", """{"question":"x","model":"y"}""", "'model' is not a known field")]
    public async Task Arguments_ThatAreWrong_AreErrorsOfTheToolThatNameThem(string tool, string arguments, string said)
    {
        var answer = await _host.PostAsync($$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}""");
        Assert.Equal(200, answer.Status);
        var result = answer.Json.GetProperty("result");
        Assert.True(result.GetProperty("isError").GetBoolean());
        Assert.Contains(said, result.GetProperty("content")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("search", "query")]
    [InlineData("fetch", "id")]
    [InlineData("ask_gardener", "question")]
    public async Task Arguments_ThatAreHuge_AreRefusedAndNotRepeated(string tool, string field)
    {
        await using var client = await _host.ConnectAsync(McpHost.Op);
        var error = Error(await client.CallToolAsync(tool, new Dictionary<string, object?> { [field] = new string('x', 500_000) }));
        Assert.Contains($"'{field}'", error, StringComparison.Ordinal);
        Assert.True(error.Length < 500, error);
    }

    [Fact]
    public async Task Documents_AsResources_AreReadPartByPart()
    {
        await _host.AddDocumentAsync("garden", "long.txt", new string('a', 16_000) + new string('b', 10));
        await using var client = await _host.ConnectAsync(McpHost.Op);
        Assert.Equal("document:///{collection}/{+path}", Assert.Single(await client.ListResourceTemplatesAsync()).UriTemplate);
        Assert.Empty(await client.ListResourcesAsync());
        var named = Assert.IsType<TextResourceContents>(Assert.Single((await client.ReadResourceAsync("document:///garden/trees/fig%20%231-2.md")).Contents));
        Assert.Equal((Fig, "text/plain"), (named.Text, named.MimeType));
        var first = Assert.IsType<TextResourceContents>(Assert.Single((await client.ReadResourceAsync("document:///garden/long.txt")).Contents));
        var next = first.Meta!["next"]!.GetValue<string>();
        Assert.Equal((16_000, "document:///garden/long.txt#16000-32000"), (first.Text.Length, next));
        var second = Assert.IsType<TextResourceContents>(Assert.Single((await client.ReadResourceAsync(next)).Contents));
        Assert.Equal("bbbbbbbbbb", second.Text);
        foreach (var uri in (string[])["document:///garden/none.md", "document:///garden", "file:///etc/passwd", "document:///garden/../x"])
        {
            var refused = await Assert.ThrowsAsync<McpProtocolException>(() => client.ReadResourceAsync(uri).AsTask());
            Assert.Equal(McpErrorCode.InvalidParams, refused.ErrorCode);
        }
    }

    private static string Error(CallToolResult result)
    {
        Assert.True(result.IsError);
        return Assert.IsType<TextContentBlock>(Assert.Single(result.Content)).Text;
    }

    private static string Best(CallToolResult found) => found.StructuredContent!.Value.GetProperty("results")[0].GetProperty("document").GetString()!;

    private static string Metadata(JsonElement fetched, string name) => fetched.GetProperty("metadata").GetProperty(name).GetString()!;

    private static void Follows(JsonElement schema, JsonElement value)
    {
        var outcome = JsonSchema.FromText(schema.GetRawText()).Evaluate(value, new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(outcome.IsValid, value.GetRawText());
    }

    private sealed class Reports(TaskCompletionSource<ProgressNotificationValue> first) : IProgress<ProgressNotificationValue>
    {
        public void Report(ProgressNotificationValue value) => first.TrySetResult(value);
    }
}
