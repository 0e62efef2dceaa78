using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Guards;

/// <summary>Guards as callers meet them.</summary>
[Collection("gateway")]
public sealed class RouteGuardTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Chat = "/v1/chat/completions";
    private const string Routes = "/api/2.0/gateway/routes";
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.StartAsync(azurite);

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Input_Blocked_NamesTheMessageAndReachesNoProvider()
    {
        await CreateAsync(new { input = new object[] { new { pii = "email", action = "block" } } });
        var refused = await AskAsync("Write to ada@example.com, please.");
        Assert.Equal((400, "guard_blocked", "messages[0].content"), (refused.Status, refused.Code, refused.Param));
        Assert.DoesNotContain("ada", refused.Body, StringComparison.Ordinal);
        Assert.Equal(0, _host.Provider.Count(Chat));
        Assert.Equal(200, (await AskAsync("Write to Ada, please.")).Status);
    }

    [Fact]
    public async Task Input_Masked_IsWhatTheProviderSees()
    {
        await CreateAsync(new { input = new object[] { new { pii = "card", action = "mask" }, new { words = new[] { "nightingale" }, action = "mask" } } });
        Assert.Equal(200, (await AskAsync("Nightingale pays by 4111 1111 1111 1111.")).Status);
        Assert.Equal("[words] pays by [card].", _host.Provider.Single(Chat).Json.GetProperty("messages")[0].GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Output_Masked_LetsNoMatchPassThatIsSplitOverChunks(bool stream)
    {
        await CreateAsync(new { output = new object[] { new { pii = "email", action = "mask" } } });
        _host.Provider.On(Chat, http => _host.Provider.StreamAsync(http, true, "Ask a", "da@ex", "ample", ".com", " about it."));
        var answer = await AskAsync("Whom?", stream);
        Assert.Equal("Ask [email] about it.", TextOf(answer, stream));
        Assert.DoesNotContain("da@ex", answer.Body, StringComparison.Ordinal);
        Assert.Contains("\"finish_reason\":\"stop\"", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Output_Blocked_EndsThereAsFiltered(bool stream)
    {
        await CreateAsync(new { output = new object[] { new { words = new[] { "top secret" }, action = "block" } } });
        _host.Provider.On(Chat, http => _host.Provider.StreamAsync(http, true, "It is ", "top se", "cret, and", " more"));
        var answer = await AskAsync("What?", stream);
        Assert.Equal("It is ", TextOf(answer, stream));
        Assert.Contains("\"finish_reason\":\"content_filter\"", answer.Body, StringComparison.Ordinal);
        if (stream) Assert.EndsWith("data: [DONE]\n\n", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Embeddings_OfARouteWithGuards_AreOfMaskedTexts()
    {
        var made = await _host.PostAsync(Routes, new { name = "e", route_type = "llm/v1/embeddings", model = new { provider = "gpu-worker", name = "m" }, guards = new { input = new object[] { new { pii = "ssn", action = "mask" } } } });
        Assert.Equal(201, made.Status);
        Assert.Equal(200, (await _host.PostAsync("/v1/embeddings", new { model = "e", input = new[] { "no 123-45-6789", "x" } })).Status);
        Assert.Equal("no [ssn]", _host.Provider.Single("/v1/embeddings").Json.GetProperty("input")[0].GetString());
    }

    [Fact]
    public async Task Prompt_OfTokenIds_IsRefusedWhereItCannotBeChecked()
    {
        await CreateAsync(new { input = new object[] { new { pii = "ssn", action = "mask" } } }, "llm/v1/completions");
        var refused = await _host.PostAsync("/v1/completions", new { model = "r", prompt = new[] { 1, 2 } });
        Assert.Equal((400, "prompt"), (refused.Status, refused.Param));
    }

    [Theory]
    [InlineData("mask")]
    [InlineData("block")]
    public async Task ToolCalls_OfEarlierTurns_AreCheckedAsMessagesAre(string action)
    {
        var made = await _host.PostAsync(Routes, new { name = "t", route_type = "llm/v1/chat", model = new { provider = "mlflow-model-serving", name = "m", mlflow_model_serving_config = new { model_server_url = _host.Provider.Address } }, guards = new { input = new object[] { new { pii = "email", action } } } });
        Assert.True(made.Status == 201, made.Body);
        _host.Provider.On("/invocations", http => http.Response.WriteAsync("""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}"""));
        var answer = await _host.PostAsync(Chat, """{"model":"t","messages":[{"role":"user","content":"Q"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"mail","arguments":"{\"to\":\"ada@example.com\"}"}}]},{"role":"tool","tool_call_id":"a","content":"sent"}]}""");
        if (action == "block") Assert.Equal((400, "guard_blocked", "messages[1].tool_calls[0].function.arguments"), (answer.Status, answer.Code, answer.Param));
        else Assert.Equal("""{"to":"[email]"}""", _host.Provider.Single("/invocations").Json.GetProperty("messages")[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.Equal(action == "block" ? 0 : 1, _host.Provider.Count("/invocations"));
    }

    /// <summary>Arguments are looked at as they are read: a line break is two characters of JSON, of which a letter is the second. What passes can be read again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ArgumentsOfTools_AreCheckedAsTheyAreRead(bool stream)
    {
        await CreateAsync(new { output = new object[] { new { pii = "email", action = "mask" }, new { pii = "phone", action = "mask" }, new { pii = "card", action = "mask" }, new { words = new[] { "Zürich" }, action = "mask" } } });
        string[] pieces = ["""{"body":"Call:\""", """n+47 22 33 44 55\nada@exa""", """mple.com in Z\u0""", """0FCrich \"now\"","card":411111""", """1111111111,"n":7}"""];
        _host.Provider.On(Chat, async http =>
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                var call = new { index = 0, id = i == 0 ? "c" : null, type = i == 0 ? "function" : null, function = new { name = i == 0 ? "mail" : null, arguments = pieces[i] } };
                await FakeProvider.SendAsync(http, JsonSerializer.Serialize(new { model = "m", choices = new[] { new { index = 0, delta = new { tool_calls = new[] { call } }, finish_reason = (string?)null } } }));
            }

            await FakeProvider.SendAsync(http, FakeProvider.Chunk(true, null, "tool_calls"));
            await FakeProvider.SendAsync(http, "[DONE]");
        });
        var answer = await AskAsync("Whom?", stream);
        using var arguments = JsonDocument.Parse(ArgumentsOf(answer, stream));
        Assert.Equal("Call:\n[phone]\n[email] in [words] \"now\"", arguments.RootElement.GetProperty("body").GetString());
        Assert.Equal(("[card]", 7), (arguments.RootElement.GetProperty("card").GetString(), arguments.RootElement.GetProperty("n").GetInt32()));
    }

    /// <summary>So is an answer that was asked for as JSON, and what a tool gave.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TextThatIsJson_IsCheckedAsItIsRead(bool stream)
    {
        object[] rules = [new { pii = "email", action = "mask" }];
        await CreateAsync(new { input = rules, output = rules });
        _host.Provider.On(Chat, http => _host.Provider.StreamAsync(http, true, """{"lines":"To:\""", """nada@example.com"}"""));
        var messages = new[] { new { role = "user", content = """[{"to":"All:\tada@example.com"}]""" } };
        var answer = await _host.PostAsync(Chat, new { model = "r", stream, messages, response_format = new { type = "json_object" } });
        Assert.Equal("""{"lines":"To:\n[email]"}""", TextOf(answer, stream));
        Assert.Equal("""[{"to":"All:\t[email]"}]""", _host.Provider.Single(Chat).Json.GetProperty("messages")[0].GetProperty("content").GetString());
    }

    [Fact]
    public async Task Instruction_OfTheCallersOwn_IsCheckedAsATextIs()
    {
        var made = await _host.PostAsync(Routes, new { name = "e", route_type = "llm/v1/embeddings", model = new { provider = "gpu-worker", name = "m" }, guards = new { input = new object[] { new { pii = "ssn", action = "block" } } } });
        Assert.Equal(201, made.Status);
        var refused = await _host.PostAsync("/v1/embeddings", new { model = "e", input = "x", instruction = "Of 123-45-6789:" });
        Assert.Equal((400, "guard_blocked", "instruction"), (refused.Status, refused.Code, refused.Param));
        Assert.Equal(0, _host.Provider.Count("/v1/embeddings"));
    }

    [Theory]
    [InlineData("llm/v1/completions", "/v1/completions", ""","prompt":"x","suffix":"123-45-6789" """, "suffix")]
    [InlineData("llm/v1/chat", Chat, ""","messages":[{"role":"user","content":"x"}],"prediction":{"type":"content","content":"123-45-6789"}""", "prediction")]
    public async Task Text_ThatCannotBeChecked_IsRefusedByName(string type, string path, string rest, string param)
    {
        await CreateAsync(new { input = new object[] { new { pii = "ssn", action = "mask" } } }, type);
        var refused = await _host.PostAsync(path, $$"""{"model":"r"{{rest}}}""");
        Assert.Equal((400, "unsupported_parameter", param), (refused.Status, refused.Code, refused.Param));
        Assert.Contains("guards", refused.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guards_OfARoute_AreShownWithoutTheirWordsAndStayThroughAPatch()
    {
        await CreateAsync(new { output = new object[] { new { words = new[] { "nightingale" }, action = "block" } } });
        Assert.Equal(200, (await _host.SendAsync(HttpMethod.Patch, $"{Routes}/r", new { model = new { name = "other" } })).Status);
        var shown = await _host.GetAsync($"{Routes}/r");
        Assert.Equal("""{"input":[],"output":[{"words":1,"action":"block"}]}""", shown.Json.GetProperty("guards").GetRawText());
        _host.Provider.On(Chat, http => _host.Provider.StreamAsync(http, true, "A nightingale"));
        Assert.Equal("A ", TextOf(await AskAsync("What?"), false));
    }

    [Theory]
    [InlineData("""{"input": [{"pii": "shoe_size", "action": "mask"}]}""", "guards.input[0].pii")]
    [InlineData("""{"input": [{"pii": "email"}]}""", "guards.input[0].action")]
    [InlineData("""{"input": [{"pii": "email", "words": ["ab"], "action": "mask"}]}""", "guards.input[0].pii")]
    [InlineData("""{"output": [{"words": [" "], "action": "mask"}]}""", "guards.output[0].words")]
    [InlineData("""{"output": [{"words": [], "action": "mask"}]}""", "guards.output[0].words")]
    [InlineData("""{"output": [{"content_safety": 4, "action": "block"}]}""", "guards.output[0].content_safety")]
    [InlineData("""{"output": [{"content_safety": 4, "action": "mask"}]}""", "guards.output[0].action")]
    [InlineData("""{"other": []}""", "guards.other")]
    public async Task Guards_ThatAreWrong_AreRefusedByName(string guards, string field)
    {
        var refused = await _host.PostAsync(Routes, $$"""{"name": "r", "route_type": "llm/v1/chat", "model": {"provider": "gpu-worker", "name": "m"}, "guards": {{guards}}}""");
        Assert.Equal((400, field), (refused.Status, refused.Param));
    }

    private static string TextOf(GatewayHost.Answer answer, bool stream)
    {
        Assert.True(answer.Status == 200, answer.Body);
        if (!stream) return answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        return string.Concat(answer.Body.Split("\n\n").Where(e => e.StartsWith("data: {", StringComparison.Ordinal)).Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement)
            .SelectMany(e => e.GetProperty("choices").EnumerateArray()).Select(c => c.GetProperty("delta").TryGetProperty("content", out var text) ? text.GetString() : ""));
    }

    private static string ArgumentsOf(GatewayHost.Answer answer, bool stream)
    {
        Assert.True(answer.Status == 200, answer.Body);
        if (!stream) return Arguments(answer.Json.GetProperty("choices")[0].GetProperty("message"));
        return string.Concat(answer.Body.Split("\n\n").Where(e => e.StartsWith("data: {", StringComparison.Ordinal)).Select(e => JsonDocument.Parse(e["data: ".Length..]).RootElement)
            .SelectMany(e => e.GetProperty("choices").EnumerateArray()).Select(c => c.GetProperty("delta")).Where(d => d.TryGetProperty("tool_calls", out _)).Select(Arguments));
        static string Arguments(JsonElement message) => message.GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!;
    }

    private async Task CreateAsync(object guards, string type = "llm/v1/chat")
    {
        var made = await _host.PostAsync(Routes, new { name = "r", route_type = type, model = new { provider = "gpu-worker", name = "demo-llama" }, guards });
        Assert.True(made.Status == 201, made.Body);
    }

    private Task<GatewayHost.Answer> AskAsync(string text, bool stream = false) => _host.PostAsync(Chat, new { model = "r", stream, messages = new[] { new { role = "user", content = text } } });
}
