using System.Text.RegularExpressions;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Auditing;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation;
using Serverless.Functions.Hosting;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.Tests.Ingestion.Support;
using Serverless.Functions.Tests.Limits;

namespace Serverless.Functions.Tests.Clients;

/// <summary>
/// What a key may not do, it may not do anywhere: every function of the app that is called by HTTP is here, found by its attributes, so that a new one fails until it has been
/// thought of.
/// </summary>
[Collection("gateway")]
public sealed partial class EnforcementTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Op = GatewayHost.OperatorKey;
    private const string Messages = """[{"role":"user","content":"x"}]""";

    /// <summary>Requests that come to a route: <c>{r}</c> stands for it.</summary>
    private static readonly (string Function, string Method, string Path, string? Body)[] OfARoute =
    [
        ("ChatCompletions", "POST", "/v1/chat/completions", $$"""{"model":"{r}","messages":{{Messages}}}"""),
        ("ChatCompletions", "POST", "/v1/chat/completions", $$"""{"model":"{r}","messages":{{Messages}},"stream":true}"""),
        ("Completions", "POST", "/v1/completions", """{"model":"{r}","prompt":"x"}"""),
        ("Completions", "POST", "/v1/completions", """{"model":"{r}","prompt":["x","y"],"stream":true}"""),
        ("Embeddings", "POST", "/v1/embeddings", """{"model":"{r}","input":"x"}"""),
        ("AzureChatCompletions", "POST", "/openai/deployments/{r}/chat/completions?api-version=2024-10-21", $$"""{"messages":{{Messages}}}"""),
        ("AzureCompletions", "POST", "/openai/deployments/{r}/completions", """{"prompt":"x"}"""),
        ("AzureEmbeddings", "POST", "/openai/deployments/{r}/embeddings", """{"input":"x"}"""),
        ("AzureV1ChatCompletions", "POST", "/openai/v1/chat/completions", $$"""{"model":"{r}","messages":{{Messages}}}"""),
        ("AzureV1Completions", "POST", "/openai/v1/completions", """{"model":"{r}","prompt":"x"}"""),
        ("AzureV1Embeddings", "POST", "/openai/v1/embeddings", """{"model":"{r}","input":"x"}"""),
        ("AzureV1Responses", "POST", "/openai/v1/responses", """{"model":"{r}","input":"x"}"""),
        ("AzureResponses", "POST", "/openai/responses?api-version=2025-04-01-preview", """{"model":"{r}","input":"x","stream":true}"""),
        ("Rerank", "POST", "/v1/rerank", """{"model":"{r}","query":"x","documents":["y"]}"""),
        ("Messages", "POST", "/v1/messages", $$"""{"model":"{r}","max_tokens":9,"messages":{{Messages}}}"""),
        ("Messages", "POST", "/v1/messages", $$"""{"model":"{r}","max_tokens":9,"messages":{{Messages}},"stream":true}"""),
        ("Responses", "POST", "/v1/responses", """{"model":"{r}","input":"x"}"""),
        ("Responses", "POST", "/v1/responses", """{"model":"{r}","input":"x","stream":true}"""),
        ("ResponseInputTokens", "POST", "/v1/responses/input_tokens", """{"model":"{r}","input":"Hi"}"""),
        ("CountMessageTokens", "POST", "/v1/messages/count_tokens", $$"""{"model":"{r}","messages":{{Messages}}}"""),
        ("Invocations", "POST", "/gateway/{r}/invocations", $$"""{"messages":{{Messages}}}"""),
        ("Invocations", "POST", "/gateway/{r}/invocations", """{"prompt":"x"}"""),
        ("Invocations", "POST", "/gateway/{r}/invocations", """{"text":"x"}"""),
        ("Invocations", "POST", "/gateway/{r}/invocations", """{"question":"x"}"""),
        ("EndpointInvocations", "POST", "/endpoints/{r}/invocations", $$"""{"messages":{{Messages}}}"""),
        ("EndpointInvocations", "POST", "/endpoints/{r}/invocations", $$"""{"messages":{{Messages}},"stream":true}"""),
        ("StartStream", "POST", "/gateway/{r}/streams", $$"""{"messages":{{Messages}}}"""),
        ("GetRoute", "GET", "/api/2.0/gateway/routes/{r}", null),
        ("GetEndpoint", "GET", "/api/2.0/endpoints/{r}", null),
        ("ListRouteVersions", "GET", "/api/2.0/gateway/routes/{r}/versions", null),
        ("GetLimits", "GET", "/api/2.0/gateway/limits/{r}", null),
        ("GetRouteLimits", "GET", "/limits/routes/{r}", null),
        ("Model", "GET", "/v1/models/{r}", null),
        ("AzureV1Model", "GET", "/openai/v1/models/{r}", null),
        ("AzureModel", "GET", "/openai/models/{r}?api-version=2024-10-21", null),
    ];

    /// <summary>Requests that come to a collection.</summary>
    private static readonly (string Function, string Method, string Path, string? Body)[] OfACollection =
    [
        ("CollectionSearch", "POST", "/collections/hidden/search", """{"query":"x"}"""),
        ("CollectionGet", "GET", "/collections/hidden", null),
        ("CollectionPut", "PUT", "/collections/hidden", "{}"),
        ("DocumentList", "GET", "/collections/hidden/documents", null),
        ("DocumentGet", "GET", "/collections/hidden/documents/a.md", null),
        ("DocumentPut", "PUT", "/collections/hidden/documents/a.md", "x"),
        ("DocumentDelete", "DELETE", "/collections/hidden/documents/a.md", null),
        ("DocumentReprocess", "POST", "/collections/hidden/reprocess", null),
        ("DocumentPost", "POST", "/collections/hidden/documents", null),
        ("ProgressGet", "GET", "/collections/hidden/progress", null),
        ("ProgressSubscribe", "POST", "/collections/hidden/subscription", "{}"),
        ("ReconcileCollectionGet", "GET", "/collections/hidden/reconcile", null),
        ("ImportStart", "POST", "/collections/hidden/imports", """{"container":"files"}"""),
        ("ImportGet", "GET", "/collections/hidden/imports/00000000000000000000000000000000", null),
        ("ImportList", "GET", "/collections/hidden/imports", null),
        ("ImportDelete", "DELETE", "/collections/hidden/imports/00000000000000000000000000000000", null),
        ("ExportStart", "POST", "/collections/hidden/exports", null),
        ("ExportGet", "GET", "/collections/hidden/exports/00000000000000000000000000000000", null),
        ("ExportList", "GET", "/collections/hidden/exports", null),
        ("ExportDelete", "DELETE", "/collections/hidden/exports/00000000000000000000000000000000", null),
        ("RestoreStart", "POST", "/collections/hidden/restores", """{"manifest":"m"}"""),
        ("RestoreGet", "GET", "/collections/hidden/restores/00000000000000000000000000000000", null),
        ("RestoreList", "GET", "/collections/hidden/restores", null),
        ("RestoreDelete", "DELETE", "/collections/hidden/restores/00000000000000000000000000000000", null),
    ];

    /// <summary>What lists routes, models or collections.</summary>
    private static readonly (string Function, string Path)[] Listings =
    [
        ("SearchRoutes", "/api/2.0/gateway/routes"), ("SearchEndpoints", "/api/2.0/endpoints"), ("Models", "/v1/models"), ("AzureV1Models", "/openai/v1/models"), ("AzureModels", "/openai/models"), ("CollectionList", "/collections"),
    ];

    /// <summary>What names neither a route nor a collection, or is an operator's or the caller's own and tested there.</summary>
    private static readonly string[] OfNeither =
    [
        "Health", "Preflight", "Providers", "Negotiate", "StopStream", "ResumeStream", "GetUsage", "GetClientLimits",
        "GetAudit", "GetClient", "ListClients", "ListAllLimits", "GetPrices", "PutPrices", "PutClientLimits", "PutRouteLimits", "SetLimits",
        "CreateClient", "UpdateClient", "RotateClient", "AddClientKey", "DeleteClientKey", "DeleteClient",
        "CreateRoute", "UpdateRoute", "DeleteRoute", "RestoreRouteVersion", "CreateEndpoint", "UpdateEndpoint", "DeleteEndpoint",
        // Which routes are evaluated is checked by the reader of the request, below; a run is its owner's.
        "EvaluationStart", "EvaluationList", "EvaluationGet", "EvaluationDelete", "EvaluationQuestions", "EvaluationReport", "EvaluationCancel", "EvaluationExport",
        // Requests of a batch go the way of all others, one by one, as who made it: BatchTests.
        "FileUpload", "FileList", "FileGet", "FileContent", "FileDelete", "BatchCreate", "BatchList", "BatchGet", "BatchCancel",
        "AzureV1FileUpload", "AzureV1FileList", "AzureV1FileGet", "AzureV1FileContent", "AzureV1FileDelete", "AzureV1BatchCreate", "AzureV1BatchList", "AzureV1BatchGet", "AzureV1BatchCancel",
        "AzureFileUpload", "AzureFileList", "AzureFileGet", "AzureFileContent", "AzureFileDelete", "AzureBatchCreate", "AzureDeploymentBatchCreate", "AzureBatchList", "AzureBatchGet", "AzureBatchCancel",
        "MessageBatchCreate", "MessageBatchList", "MessageBatchGet", "MessageBatchCancel", "MessageBatchDelete", "MessageBatchResults",
        // Tools name routes and collections in a message: McpAccessTests.
        "Mcp", "McpMetadata",
        // Upstream servers have rights of their own: McpServerAccessTests.
        "CreateMcpServer", "ListMcpServers", "GetMcpServer", "UpdateMcpServer", "ApproveMcpServer", "DeleteMcpServer", "GetMcpServerLimits", "PutMcpServerLimits",
        "Metrics", "HealthReady", "OpenApi", "Docs", "DocsScript", "WebChatSettings", "WebChatSite", "WrongPath", "ReconcileAll", "ReconcileAllGet", "ReconcileCollection",
    ];

    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.StartAsync(
            azurite,
            new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = Op, ["Gateway:RouteCacheSeconds"] = "0", ["Gateway:ClientCheckSeconds"] = "0" },
            s => s.AddSingleton<IAnswerPlanner, EmbeddingPlanner>().AddSingleton<DurableTaskClient>(new InMemoryDurable(new object())));
        foreach (var (name, model) in ((string, string)[])[("mine", "m-mine"), ("hidden", "m-hidden")]) await PostAsync("/api/2.0/gateway/routes", Chat(name, model));
        await PostAsync("/api/2.0/gateway/routes", new { name = "embed", route_type = "llm/v1/embeddings", model = new { provider = "gpu-worker", name = "m-embed" } });
        foreach (var name in (string[])["mine", "hidden"])
        {
            await _host.Config.GetBlobClient($"collections/{name}.json").UploadAsync(BinaryData.FromString("""{"embeddings_route":"embed"}"""), overwrite: true);
            await PostAsync("/api/2.0/gateway/routes", new { name = $"{name}-rag", route_type = "rag/v1/answers", rag = new { embeddings_route = "embed", completions_route = "mine", collection = name } });
        }
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public void Functions_AllOfThem_AreThoughtOf()
    {
        var known = OfARoute.Select(c => c.Function).Concat(OfACollection.Select(c => c.Function)).Concat(Listings.Select(l => l.Function)).Concat(OfNeither).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(HttpFunctions.All.Keys, name => !known.Contains(name));
    }

    [Theory]
    [InlineData("allowed_routes", "mine", "hidden", "route_not_permitted")]
    [InlineData("allowed_routes", "mine", "hidden-rag", "route_not_permitted")]
    [InlineData("allowed_routes", "mine", "hidden@1", "route_not_permitted")]
    [InlineData("allowed_models", "m-mine", "hidden", "model_not_permitted")]
    [InlineData("allowed_models", "m-mine", "hidden@1", "model_not_permitted")]
    [InlineData("allowed_collections", "mine", "hidden-rag", "collection_not_permitted")]
    [InlineData("allowed_collections", "mine", "hidden-rag@1", "collection_not_permitted")]
    public async Task Route_ThatAKeyMayNotUse_IsClosedOnEveryPath(string restriction, string to, string route, string code)
    {
        var key = await KeyAsync(new Dictionary<string, object> { ["name"] = "app", [restriction] = new[] { to } });
        foreach (var (function, method, path, body) in OfARoute)
        {
            var answer = await _host.SendAsync(new HttpMethod(method), path.Replace("{r}", route, StringComparison.Ordinal), body?.Replace("{r}", route, StringComparison.Ordinal), key);
            // Nobody is told whether what he may not see is there; a name with a version is none of a route to what lists versions.
            Assert.True(answer.Status is 403 or 404 || (answer.Status == 400 && route.Contains('@', StringComparison.Ordinal) && method == "GET"), $"{function} {route}: {answer.Status} {answer.Body}");
            Assert.True(answer.Code == code || answer.Status != 403, $"{function} {route}: {answer.Code}");
            Assert.DoesNotContain("m-hidden", answer.Body, StringComparison.Ordinal);
        }

        Assert.Empty(_host.Provider.Requests);
        // The same key where it is good.
        Assert.Equal(200, (await _host.PostAsync("/v1/chat/completions", new { model = "mine", messages = new[] { new { role = "user", content = "x" } } }, key)).Status);
    }

    [Fact]
    public async Task Collection_ThatAKeyMayNotRead_IsClosedOnEveryPath()
    {
        var key = await KeyAsync(new Dictionary<string, object> { ["name"] = "app", ["allowed_collections"] = new[] { "mine" } });
        foreach (var (function, method, path, body) in OfACollection)
        {
            var answer = await _host.SendAsync(new HttpMethod(method), path, body, key);
            Assert.True((answer.Status, answer.Code) is (404, "collection_not_found" or "document_not_found") or (403, "operator_required"), $"{function}: {answer.Status} {answer.Body}");
        }

        Assert.Equal(200, (await _host.GetAsync("/collections/mine", key)).Status);
    }

    [Theory]
    [InlineData("allowed_routes", "mine")]
    [InlineData("allowed_models", "m-mine")]
    [InlineData("allowed_collections", "mine")]
    public async Task Listings_ShowWhatAKeyMayUseAndNothingElse(string restriction, string to)
    {
        var key = await KeyAsync(new Dictionary<string, object> { ["name"] = "app", [restriction] = new[] { to } });
        foreach (var (function, path) in Listings)
        {
            var body = (await _host.GetAsync(path, key)).Body;
            Assert.Contains("\"mine\"", body, StringComparison.Ordinal);
            // A route's collection may have the name of another route.
            var listed = NameIn().Matches(RagBlock().Replace(body, "")).Select(m => m.Groups[1].Value).ToList();
            if (function == "CollectionList") Assert.Equal(restriction != "allowed_collections", listed.Contains("hidden"));
            else Assert.DoesNotContain(restriction == "allowed_collections" ? "hidden-rag" : "hidden", listed);
        }
    }

    /// <summary>A version of a route that has another model, and a route of which one target has it.</summary>
    [Fact]
    public async Task Model_ThatAKeyMayNotUse_IsClosedInOtherVersionsAndTargetsToo()
    {
        await PostAsync("/api/2.0/gateway/routes", Chat("moving", "m-hidden"));
        await _host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/moving", new { model = new { name = "m-mine" } }, Op);
        await PostAsync("/api/2.0/gateway/routes", new { name = "both", route_type = "llm/v1/chat", targets = new[] { new { model = new { provider = "gpu-worker", name = "m-mine" } }, new { model = new { provider = "gpu-worker", name = "m-hidden" } } } });
        var key = await KeyAsync(new Dictionary<string, object> { ["name"] = "app", ["allowed_models"] = new[] { "m-mine" } });
        foreach (var (route, status) in ((string, int)[])[("moving", 200), ("moving@1", 403), ("both", 403)])
            Assert.Equal(status, (await _host.PostAsync("/v1/chat/completions", new { model = route, messages = new[] { new { role = "user", content = "x" } } }, key)).Status);
    }

    [Theory]
    [InlineData("hidden", "allowed_routes", "mine")]
    [InlineData("hidden", "allowed_models", "m-mine")]
    [InlineData("hidden-rag", "allowed_collections", "mine")]
    public async Task Evaluation_OfARouteThatAKeyMayNotUse_IsRefused(string route, string restriction, string to)
    {
        var caller = new Caller("c", [], IsOperator: false)
        {
            AllowedRoutes = restriction == "allowed_routes" ? [to] : null,
            AllowedModels = restriction == "allowed_models" ? [to] : null,
            AllowedCollections = restriction == "allowed_collections" ? [to] : null,
        };
        using var body = System.Text.Json.JsonDocument.Parse($$"""{"name":"e","routes":["{{route}}"],"questions":[{"id":"1","question":"x"}]}""");
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _host.Services.GetRequiredService<EvaluationReader>().ReadAsync(body.RootElement, caller, default));
        Assert.Equal((403, "routes[0]"), (refused.Status, refused.Error.Param));
    }

    [Fact]
    public async Task Reader_ChangesNothingAnywhere()
    {
        var key = await KeyAsync(new Dictionary<string, object> { ["name"] = "reader", ["role"] = "reader" });
        var before = await _host.AllBlobsAsync();
        var tried = 0;
        foreach (var (name, method, path) in Changing())
        {
            var answer = await _host.SendAsync(method, path, "{}", key);
            Assert.True((answer.Status, answer.Code) == (403, "reader_only_reads"), $"{method} {path} ({name}): {answer.Status} {answer.Body}");
            tried++;
        }

        Assert.True(tried >= 30);
        Assert.Equal(before, await _host.AllBlobsAsync());
        Assert.Empty(_host.Provider.Requests);
        Assert.Equal(200, (await _host.GetAsync("/clients", key)).Status);
    }

    /// <summary>Every function by which something is changed leaves an entry, also when it refuses; those that leave none are named one by one, and use the gateway.</summary>
    [Fact]
    public async Task Changes_ByEveryFunction_AreAudited()
    {
        string[] uses =
        [
            "ChatCompletions", "Completions", "Embeddings", "AzureChatCompletions", "AzureCompletions", "AzureEmbeddings", "AzureV1ChatCompletions", "AzureV1Completions", "AzureV1Embeddings", "AzureV1Responses",
            "AzureResponses", "Messages", "CountMessageTokens", "Responses", "ResponseInputTokens", "Rerank", "Invocations", "EndpointInvocations", "StartStream", "StopStream", "ResumeStream", "Negotiate",
            "CollectionSearch", "Mcp", "FileUpload", "FileDelete", "BatchCreate", "BatchCancel", "AzureV1FileUpload", "AzureV1FileDelete", "AzureV1BatchCreate", "AzureV1BatchCancel",
            "AzureFileUpload", "AzureFileDelete", "AzureBatchCreate", "AzureDeploymentBatchCreate", "AzureBatchCancel", "MessageBatchCreate", "MessageBatchCancel", "MessageBatchDelete",
            "DocumentPut", "DocumentDelete", "DocumentReprocess", "Preflight", "WrongPath",
        ];
        Assert.Equal(uses.Order(StringComparer.Ordinal), AuditMiddleware.Unaudited.Order(StringComparer.Ordinal));
        Assert.All(uses, name => Assert.Contains(name, HttpFunctions.All.Keys));

        var changing = Changing().Where(c => !uses.Contains(c.Name)).ToList();
        foreach (var (_, method, path) in changing) await _host.SendAsync(method, path, "{}", Op);
        var entries = (await _host.GetAsync("/audit?max_results=1000", Op)).Json.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("action").GetString()!).ToHashSet(StringComparer.Ordinal);
        Assert.DoesNotContain(changing, c => !entries.Contains(c.Name));
    }

    /// <summary>What an entry tells of a change that was made: of what, how it was and how it is.</summary>
    [Fact]
    public async Task Changes_OfLimitsAndPrices_AreToldBeforeAndAfter()
    {
        await _host.SendAsync(HttpMethod.Put, "/limits/routes/mine", """{"limits":[{"calls":5,"renewal_period":"day"}]}""", Op);
        await _host.SendAsync(HttpMethod.Put, "/limits/routes/mine", """{"limits":[{"calls":7,"renewal_period":"day"}]}""", Op);
        await _host.SendAsync(HttpMethod.Put, "/prices", """{"prices":[{"model":"m-mine","input":3}]}""", Op);
        var entries = (await _host.GetAsync("/audit", Op)).Json.GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal("prices", entries[0].GetProperty("subject").GetString());
        Assert.True(entries[0].TryGetProperty("after", out _), entries[0].GetRawText());
        Assert.Equal(3, entries[0].GetProperty("after").GetProperty("prices")[0].GetProperty("input").GetInt32());
        Assert.Equal("limits/route/mine", entries[1].GetProperty("subject").GetString());
        Assert.Equal((5, 7), (Calls(entries[1], "before"), Calls(entries[1], "after")));
        static int Calls(System.Text.Json.JsonElement entry, string state) => entry.GetProperty(state).GetProperty("limits")[0].GetProperty("calls").GetInt32();
    }

    /// <summary>Each function that is called by another method than those that read, at a path of its template.</summary>
    private static IEnumerable<(string Name, HttpMethod Method, string Path)> Changing() =>
        from function in HttpFunctions.All.Values
        from method in function.Trigger.Methods!
        where method is not ("get" or "head" or "options")
        select (function.Name, new HttpMethod(method.ToUpperInvariant()), "/" + Placeholder().Replace(function.Trigger.Route!, "1"));

    private static object Chat(string name, string model) => new { name, route_type = "llm/v1/chat", model = new { provider = "gpu-worker", name = model } };

    private async Task PostAsync(string path, object body)
    {
        var answer = await _host.PostAsync(path, body, Op);
        Assert.True(answer.Status == 201, answer.Body);
    }

    private async Task<string> KeyAsync(Dictionary<string, object> client)
    {
        var made = await _host.PostAsync("/clients", client, Op);
        Assert.True(made.Status == 201, made.Body);
        return made.Json.GetProperty("key").GetString()!;
    }

    [GeneratedRegex("\"(?:name|id|collection)\":\"([^\"]+)\"")]
    private static partial Regex NameIn();

    [GeneratedRegex("\"rag\":\\{[^}]*\\}")]
    private static partial Regex RagBlock();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Placeholder();
}
