using System.Text.Json;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Providers;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Servers that speak OpenAI's wire with an accent of their own, as their users have reported it: what comes out is OpenAI's, and nothing is lost.</summary>
[Collection("gateway")]
public sealed class OpenAiQuirksTests(AzuriteFixture azurite)
{
    private const string Path = "/v1/chat/completions";
    private const string Block = """{"openai_api_base":"BASE/v1"}""";
    private const string Tools = ""","stream":true,"tools":[{"type":"function","function":{"name":"f"}},{"type":"function","function":{"name":"g"}}]""";

    // ollama #15457 (all calls 0), #7881 (no index), Gemini's compatible endpoint (ids under one index), DashScope (id "" and the name again), SGLang (from 1), Ollama's native arguments.
    [Theory]
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]""", """[{"index":0,"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}]""")]
    [InlineData("""[{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]""", """[{"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}]""")]
    [InlineData("""[{"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}},{"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}]""", """[]""")]
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\":"}}]""", """[{"index":0,"id":"","function":{"name":"f","arguments":"1}"}},{"index":1,"id":"","function":{"arguments":"2}"}}]""")]
    [InlineData("""[{"index":1,"id":"a","function":{"name":"f","arguments":"{\"x\":1}"}}]""", """[{"index":2,"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}]""")]
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":{"x":1}}}]""", """[{"index":1,"id":"b","function":{"name":"g","arguments":{"y":2}}}]""")]
    [InlineData("""[{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}]""", """[{"index":0,"id":"a","function":{"name":"f","arguments":"1}"}},{"index":1,"id":"b","function":{"name":"g","arguments":"{\"y\":2}"}}]""")]
    public async Task ToolCalls_NumberedAsServersLike_AreTwoCalls(string first, string second)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks($$"""{"tool_calls":{{first}}}""", $$"""{"tool_calls":{{second}}}""") + End("tool_calls"));
        var calls = Calls(await vendor.ChatAsync(Tools));
        Assert.Equal([("a", "f", """{"x":1}"""), ("b", "g", """{"y":2}""")], calls);
    }

    [Fact]
    public async Task ToolCall_WithoutIdAndArguments_HasAnIdOfItsOwnAndAnEmptyObject()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"tool_calls":[{"function":{"name":"f"}}]}""") + End("tool_calls"));
        var (id, name, arguments) = Assert.Single(Calls(await vendor.ChatAsync(Tools)));
        Assert.StartsWith("call_", id, StringComparison.Ordinal);
        Assert.Equal(("f", "{}"), (name, arguments));
    }

    // Ollama streams calls and says "stop" (LiteLLM #35663, #12481); OpenAI itself says so only after a call that was asked for by name.
    [Theory]
    [InlineData("", "tool_calls")]
    [InlineData(""","tool_choice":{"type":"function","function":{"name":"f"}}""", "stop")]
    public async Task ToolCalls_EndedByStop_AreToldAsCallsWhereOpenAiDoes(string rest, string reason)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]}""") + End("stop"));
        Assert.Equal(reason, VendorHost.Read(await vendor.ChatAsync(Tools + rest)).Finish);
    }

    // Fireworks and Azure send chunks that hold no choice at all (Portkey #1627).
    [Fact]
    public async Task Chunks_WithoutChoices_AreNoEnd()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, """data: {"id":"1","object":"chat.completion.chunk"}""" + "\n\n" + Chunks("""{"content":"A"}""") + """data: {"object":"chat.completion.chunk","choices":null,"usage":null}""" + "\n\n" + End("stop"));
        Assert.Equal("A", VendorHost.Read(await vendor.ChatAsync(""","stream":true""")).Text);
    }

    // Bifrost #2622, LiteLLM #8837: what a client of a server's own puts into extra_body was dropped without a word.
    [Fact]
    public async Task ServersParameters_ReachTheServer()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        const string Given = ""","chat_template_kwargs":{"enable_thinking":false},"enable_thinking":false,"thinking":{"type":"disabled"},"ignore_eos":true,"skip_special_tokens":false""";
        Assert.Equal(200, (await vendor.ChatAsync(Given)).Status);
        foreach (var member in Given.Split(",\"")[1..]) Assert.Contains(member, vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(""","chat_template_kwargs":{"enable_thinking":true}""", "chat_template_kwargs")]
    [InlineData(""","thinking":{"type":"enabled"}""", "thinking")]
    [InlineData(""","enable_thinking":true""", "enable_thinking")]
    [InlineData(""","ignore_eos":true""", "ignore_eos")]
    [InlineData(""","thinking":{"type":"disabled"},"enable_thinking":false,"reasoning_effort":"none" """, null)]
    public async Task ServersParameters_WhereTheProviderHasNone_AreRefusedByNameOrAskForNothing(string rest, string? param)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""");
        vendor.Answers("/v2/chat", """{"finish_reason":"COMPLETE","message":{"content":[{"type":"text","text":"A"}]}}""");
        var answer = await vendor.ChatAsync(rest);
        Assert.Equal((param is null ? 200 : 400, param), (answer.Status, answer.Status == 200 ? null : answer.Param));
    }

    [Theory]
    [InlineData("structured_outputs", """{"regex":"a+"}""")]
    [InlineData("guided_json", "{}")]
    [InlineData("guided_regex", "\"a+\"")]
    [InlineData("guided_choice", """["a","b"]""")]
    [InlineData("guided_grammar", "\"root ::= [a]\"")]
    [InlineData("json_schema", """{"type":"null"}""")]
    [InlineData("grammar", "\"root ::= [a]\"")]
    [InlineData("regex", "\"a+\"")]
    [InlineData("ebnf", "\"root ::= [a]\"")]
    [InlineData("include_stop_str_in_output", "true")]
    public async Task FormOfAnAnswer_InAnyServersWords_ReachesTheWorkerAndIsRefusedByNameElsewhere(string field, string value)
    {
        var given = $",\"{field}\":{value}";
        await using var worker = await VendorHost.StartAsync(azurite, "gpu-worker", """{"gpu_worker_api_base":"BASE"}""");
        worker.Answers(Path, """{"choices":[{"index":0,"message":{"role":"assistant","content":"A"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""");
        Assert.Equal(200, (await worker.ChatAsync(given)).Status);
        Assert.Contains(given, worker.Sent.Body, StringComparison.Ordinal);

        await using var cohere = await VendorHost.StartAsync(azurite, "cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""");
        var refused = await cohere.ChatAsync(given);
        Assert.Equal((400, field), (refused.Status, refused.Param));
    }

    [Fact]
    public async Task ToolCall_WhoseNameComesLate_BeginsWithIt()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{\"x\":"}}]}""", """{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"1}"}}]}""") + End("tool_calls"));
        Assert.Equal([("a", "f", """{"x":1}""")], Calls(await vendor.ChatAsync(Tools)));
    }

    // Servers that cut texts by UTF-16 send halves of one character, and one that nothing completes.
    [Fact]
    public async Task Characters_HalfInOneChunkAndHalfInTheNext_AreWhole()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"content":"a\n\ud83d"}""", """{"content":"\ude00b"}""", """{"content":"c\ud83d"}""", """{"content":"d"}""") + End("stop"));
        Assert.Equal("a\n\U0001F600bc\uFFFDd", VendorHost.Read(await vendor.ChatAsync(""","stream":true""")).Text);
    }

    [Fact]
    public async Task Events_ThatSayNothing_AndABlankBehindTheEnd_AreNoFailure()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"content":"A"}""") + "event: ping\ndata: {}\n\n" + End("stop").Replace("[DONE]", " [DONE] ", StringComparison.Ordinal));
        Assert.Equal("A", VendorHost.Read(await vendor.ChatAsync(""","stream":true""")).Text);
    }

    // vLLM and others parse the arguments of a history's calls, and fail over nothing.
    [Fact]
    public async Task Arguments_OfCallsInAHistory_AreAnObject()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        Assert.Equal(200, (await vendor.ChatAsync(messages: """[{"role":"user","content":"Q"},{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":""}}]},{"role":"tool","tool_call_id":"a","content":"x"}]""")).Status);
        Assert.Contains("""{"name":"f","arguments":"{}"}""", vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ToolCall_CutOffByLength_HasNoArgumentsMadeUp()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}""") + End("length"));
        Assert.Equal(("a", "f", ""), Assert.Single(Calls(await vendor.ChatAsync(Tools))));
    }

    // inspect_ai #5528 (xAI counts thoughts beside the answer), CLIProxyAPI #5733, clarifai-python #978 (Google's endpoint counts them in the total only): what is paid for went by limits and ledger.
    [Theory]
    [InlineData("""{"prompt_tokens":32,"completion_tokens":9,"total_tokens":135,"completion_tokens_details":{"reasoning_tokens":94}}""", 32, 103)]
    [InlineData("""{"prompt_tokens":20,"completion_tokens":424,"total_tokens":1016}""", 20, 996)]
    [InlineData("""{"prompt_tokens":21,"completion_tokens":0,"total_tokens":81,"completion_tokens_details":{"reasoning_tokens":60}}""", 21, 60)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":30,"total_tokens":40,"completion_tokens_details":{"reasoning_tokens":20}}""", 10, 30)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":30,"total_tokens":140,"prompt_tokens_details":{"cached_tokens":100}}""", 110, 30)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":30,"total_tokens":0}""", 10, 30)]
    [InlineData("""{"prompt_tokens":10,"completion_tokens":30}""", 10, 30)]
    public async Task Usage_WithThoughtsBesideTheAnswer_CountsThem(string usage, int prompt, int completion)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, $$"""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}],"usage":{{usage}}}""");
        var told = (await vendor.ChatAsync()).Json.GetProperty("usage");
        Assert.Equal((prompt, completion, prompt + completion), (told.GetProperty("prompt_tokens").GetInt32(), told.GetProperty("completion_tokens").GetInt32(), told.GetProperty("total_tokens").GetInt32()));
        var row = Assert.Single((await vendor.Host.GetAsync("/usage?groupBy=route")).Json.GetProperty("usage").EnumerateArray());
        Assert.Equal((prompt, completion), (row.GetProperty("prompt_tokens").GetInt32(), row.GetProperty("completion_tokens").GetInt32()));
    }

    [Theory]
    [InlineData("MAX_TOKENS", "length")]
    [InlineData("max_output_tokens", "length")]
    [InlineData("SAFETY", "content_filter")]
    [InlineData("STOP", "stop")]
    public async Task FinishReason_InGooglesWords_IsOpenAis(string theirs, string told)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, $$"""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"{{theirs}}"}]}""");
        Assert.Equal(told, (await vendor.ChatAsync()).Json.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    // litellm #13432, opencode #22623, llm_wiki #610: a deployment's name does not say that its model takes max_completion_tokens only, nor at a dated address that it does not.
    [Theory]
    [InlineData("max_tokens", "max_completion_tokens")]
    [InlineData("max_completion_tokens", "max_tokens")]
    public async Task TokenLimit_RefusedByItsName_IsAskedByTheOtherAndSoFromThenOn(string given, string taken)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE","azure_openai_api_version":"2024-10-21"}""", model: "deployed-" + given.Length);
        vendor.Host.Provider.On($"/openai/deployments/deployed-{given.Length}/chat/completions", async http =>
        {
            using var body = await System.Text.Json.JsonDocument.ParseAsync(http.Request.Body);
            if (body.RootElement.TryGetProperty(taken, out _)) await FakeProvider.Json(http, new { choices = new[] { new { index = 0, message = new { content = "A" }, finish_reason = "stop" } } });
            else await FakeProvider.Error(http, 400, "secret words", "unsupported_parameter", given);
        });
        for (var call = 0; call < 2; call++) Assert.Equal(200, (await vendor.ChatAsync($$""","{{given}}":5""")).Status);
        Assert.Equal([given, taken, taken], vendor.Host.Provider.Requests.Select(request => request.Json.EnumerateObject().Single(member => member.Name.StartsWith("max_", StringComparison.Ordinal)).Name));
    }

    // openai/openai-openapi #541, BerriAI/litellm #34569, LibreChat #14355: models since GPT-5.4 refuse tools in chats unless told not to think, and since GPT-5.6 where nobody asks them to think.
    [Theory]
    [InlineData("azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""", "/openai/v1/chat/completions", "thinker-1")]
    [InlineData("openai", Block, Path, "thinker-2")]
    public async Task Tools_RefusedBesideThoughtsThatNobodyAskedFor_AreAskedWithoutThem(string provider, string block, string path, string model)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block, model: model);
        vendor.Host.Provider.On(path, async http =>
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            var refuses = body.RootElement.TryGetProperty("tools", out _) && !(body.RootElement.TryGetProperty("reasoning_effort", out var effort) && effort.ValueEquals("none"));
            if (!refuses) await FakeProvider.Json(http, new { choices = new[] { new { index = 0, message = new { content = "A" }, finish_reason = "stop" } } });
            else await FakeProvider.Error(http, 400, "Function tools with reasoning_effort are not supported", "invalid_request_error", "reasoning_effort");
        });
        const string Tool = ""","tools":[{"type":"function","function":{"name":"f"}}]""";
        foreach (var rest in (string[])[Tool, Tool, ""]) Assert.Equal(200, (await vendor.ChatAsync(rest)).Status);
        Assert.Equal([null, "none", "none", null], Efforts());

        // What a caller asks for is not taken away in silence.
        var refused = await vendor.ChatAsync(Tool + ""","reasoning_effort":"high" """);
        Assert.Equal((400, "reasoning_effort"), (refused.Status, refused.Param));
        Assert.Equal("high", Efforts()[^1]);
        Assert.Equal(5, vendor.Host.Provider.Requests.Count);

        List<string?> Efforts() => [.. vendor.Host.Provider.Requests.Select(request => request.Json.TryGetProperty("reasoning_effort", out var effort) ? effort.GetString() : null)];
    }

    /// <summary>Both that a model refuses may come of one request.</summary>
    [Fact]
    public async Task Tools_RefusedBesideThoughtsAndALimitByItsName_AreAskedAnew()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block, model: "thinker-3");
        vendor.Host.Provider.On(Path, async http =>
        {
            using var body = await JsonDocument.ParseAsync(http.Request.Body);
            if (body.RootElement.TryGetProperty("max_tokens", out _)) await FakeProvider.Error(http, 400, "x", "unsupported_parameter", "max_tokens");
            else if (!body.RootElement.TryGetProperty("reasoning_effort", out _)) await FakeProvider.Error(http, 400, "x", "invalid_request_error", "reasoning_effort");
            else await FakeProvider.Json(http, new { choices = new[] { new { index = 0, message = new { content = "A" }, finish_reason = "stop" } } });
        });
        const string Tool = ""","max_tokens":9,"tools":[{"type":"function","function":{"name":"f"}}]""";
        for (var call = 0; call < 2; call++) Assert.Equal(200, (await vendor.ChatAsync(Tool)).Status);
        Assert.Equal(4, vendor.Host.Provider.Requests.Count);
    }

    [Fact]
    public async Task Message_OfMoreThanText_ComesThroughWholeAndStreamed()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"role":"assistant","content":"A","refusal":null,"annotations":[{"type":"url_citation"}],"reasoning_content":"Hm é","audio":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":4,"accepted_prediction_tokens":1}}}""");
        var whole = await vendor.ChatAsync();
        Assert.Equal("""{"role":"assistant","content":"A","refusal":null,"annotations":[{"type":"url_citation"}],"reasoning_content":"Hm é"}""", whole.Json.GetProperty("choices")[0].GetProperty("message").GetRawText());
        Assert.Equal("""{"prompt_tokens":1,"completion_tokens":5,"total_tokens":6,"completion_tokens_details":{"reasoning_tokens":4,"accepted_prediction_tokens":1}}""", whole.Json.GetProperty("usage").GetRawText());

        vendor.Streams(Path, Chunks("""{"role":"assistant","reasoning":"Hm"}""", """{"reasoning":" so"}""", """{"content":"A","annotations":[]}""", """{"content":"B"}""") + End("stop"));
        var streamed = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("""{"index":0,"delta":{"reasoning":"Hm"},"finish_reason":null}""", streamed.Body, StringComparison.Ordinal);
        Assert.Contains("""{"index":0,"delta":{"reasoning":" so"},"finish_reason":null}""", streamed.Body, StringComparison.Ordinal);
        Assert.Equal("AB", VendorHost.Read(streamed).Text);
    }

    [Fact]
    public async Task Message_OfMoreThanText_IsTheSameFromTheCache()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"cache":{"ttl_seconds":60}}""")).Status);
        vendor.Streams(Path, Chunks("""{"reasoning_content":"Hm"}""", """{"reasoning_content":" so"}""", """{"content":"A"}""", """{"refusal":"No"}""") + End("stop"));
        var first = await vendor.ChatAsync(""","stream":true""");
        var again = await vendor.ChatAsync();
        Assert.Equal(("miss", "hit"), (first.Headers["x-cache"], again.Headers["x-cache"]));
        Assert.Equal("""{"role":"assistant","content":"A","refusal":"No","reasoning_content":"Hm so"}""", again.Json.GetProperty("choices")[0].GetProperty("message").GetRawText());
    }

    [Fact]
    public async Task Message_OfMoreThanText_BehindGuards_IsItsTextAndRefusalMasked()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"guards":{"output":[{"pii":"email","action":"mask"}]}}""")).Status);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"to a@example.com","refusal":"not b@example.com","reasoning_content":"c@example.com"},"finish_reason":"stop"}]}""");
        var message = (await vendor.ChatAsync()).Json.GetProperty("choices")[0].GetProperty("message").GetRawText();
        Assert.Equal("""{"role":"assistant","content":"to [email]","refusal":"not [email]"}""", message);
    }

    // langchain #39747, LiteLLM #39723: a refusal is a field of its own, and comes back beside a content of null.
    [Fact]
    public async Task Refusal_WholeAndStreamed_IsNoContent()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"role":"assistant","content":null,"refusal":"I won't."},"finish_reason":"stop"}]}""");
        var whole = await vendor.ChatAsync("", """[{"role":"user","content":"A"},{"role":"assistant","content":null,"refusal":"No."},{"role":"user","content":"B"}]""");
        Assert.True(whole.Status == 200, whole.Body);
        Assert.Equal("""{"role":"assistant","content":null,"refusal":"I won't."}""", whole.Json.GetProperty("choices")[0].GetProperty("message").GetRawText());
        Assert.Contains("""{"role":"assistant","content":"No."}""", vendor.Sent.Body, StringComparison.Ordinal);

        vendor.Streams(Path, Chunks("""{"role":"assistant","content":"","refusal":null}""", """{"refusal":"I wo"}""", """{"refusal":"n't."}""") + End("stop"));
        var streamed = await vendor.ChatAsync(""","stream":true""");
        Assert.Contains("""{"delta":{"refusal":"I wo"}""".Replace("{\"delta", "\"delta", StringComparison.Ordinal), streamed.Body, StringComparison.Ordinal);
        Assert.Equal("", VendorHost.Read(streamed).Text);
    }

    // Mistral's and Databricks' thinking models (vercel ai #8072, langchain4j #4474).
    [Theory]
    [InlineData("""[{"type":"reasoning","summary":[]},{"type":"text","text":"A"},{"type":"text","text":"B"}]""", "AB", null)]
    [InlineData("""[{"type":"thinking","thinking":[{"type":"text","text":"x"},{"type":"text","text":"y"}]},{"type":"text","text":"A"}]""", "A", "xy")]
    [InlineData("""[{"type":"thinking","thinking":"x"},"A"]""", "A", "x")]
    [InlineData("""[{"type":"reasoning","summary":[{"type":"summary_text","text":"x","signature":"s"}]},{"type":"text","text":"A"},{"type":"reference","reference_ids":[1]}]""", "A", "x")]
    [InlineData("""[{"type":"thinking","thinking":"x"},{"type":"text","text":"A"}],"reasoning_content":"told already" """, "A", "told already")]
    public async Task Content_InParts_IsItsTextAndItsThoughts(string content, string text, string? thoughts)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, $$"""{"choices":[{"index":0,"message":{"content":{{content}}},"finish_reason":"stop"}]}""");
        var message = (await vendor.ChatAsync()).Json.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal((text, thoughts), (message.GetProperty("content").GetString(), message.TryGetProperty("reasoning_content", out var told) ? told.GetString() : null));
    }

    [Fact]
    public async Task Content_OfAStreamInParts_IsItsTextAndItsThoughts()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"content":""}""", """{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Let"}]}]}""", """{"content":[{"type":"thinking","thinking":[{"type":"text","text":" me"}]}]}""", """{"content":[{"type":"text","text":"A"}]}""", """{"content":"B"}""", """{"content":"C"}""") + End("stop"));
        var answer = await vendor.ChatAsync(""","stream":true""");
        Assert.Equal("ABC", VendorHost.Read(answer).Text);
        Assert.Contains("\"reasoning_content\":\"Let\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains("\"reasoning_content\":\" me\"", answer.Body, StringComparison.Ordinal);
    }

    // "Extra inputs are not permitted" there (crush #1590).
    [Fact]
    public async Task Thoughts_OfATurn_GoBackToMistralAsPartsOfItsContent()
    {
        using var server = new RecordingHandler("""{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var provider = new OpenAiProvider(new UpstreamHttp(server, TimeProvider.System));
        using var kept = JsonDocument.Parse("""{"reasoning_content":"Hm","reasoning_details":[],"prefix":true}""");
        var members = kept.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        var generation = new Generation { Messages = [new ChatMessage("user", "Q"), new ChatMessage("assistant", "A") { Kept = members }, new ChatMessage("assistant", "") { Kept = members }], Streams = false };
        await foreach (var piece in provider.GenerateAsync(new ProviderTarget(new Uri("https://api.mistral.ai/v1"), "m", null), generation, default)) Assert.NotNull(piece);
        Assert.Equal(
            """{"model":"m","messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]},{"type":"text","text":"A"}],"prefix":true},{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm"}]}],"prefix":true}]}""",
            server.Body);
    }

    // One answer was asked for, and one came: servers number it as they like.
    [Theory]
    [InlineData("null")]
    [InlineData("1")]
    [InlineData("0")]
    public async Task Choice_OfAnyNumber_IsTheOneThatWasAskedFor(string index)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, $$"""{"choices":[{"index":{{index}},"message":{"content":"A"},"finish_reason":"stop","stop_reason":"x"}]}""");
        var answer = await vendor.ChatAsync();
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal("""{"index":0,"message":{"role":"assistant","content":"A","refusal":null},"logprobs":null,"finish_reason":"stop"}""", answer.Json.GetProperty("choices")[0].GetRawText());
        vendor.Streams(Path, (Chunks("""{"content":"A"}""", """{"content":"B"}""", """{"content":"C"}""") + End("stop")).Replace("\"index\":0", $"\"index\":{index}", StringComparison.Ordinal));
        Assert.Equal(("ABC", "stop"), (VendorHost.Read(await vendor.ChatAsync(""","stream":true""")) is var read ? read.Text : "", read.Finish));
    }

    [Theory]
    [InlineData("""{"index":0,"message":{"content":"A"},"finish_reason":"stop"},{"index":1,"message":{"content":"B"},"finish_reason":"stop"}""", "", null)]
    [InlineData("""{"message":{"content":"A"},"finish_reason":"stop"},{"index":null,"message":{"content":"B"},"finish_reason":"length"}""", ""","n":2""", "A stop B length")]
    [InlineData("""{"index":1,"message":{"content":"A"},"finish_reason":"stop"},{"index":2,"message":{"content":"B"},"finish_reason":"stop"}""", ""","n":2""", null)]
    public async Task Choices_MoreThanOne_AreAsManyAsWereAskedFor(string choices, string rest, string? told)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, $$"""{"choices":[{{choices}}]}""");
        var answer = await vendor.ChatAsync(rest);
        Assert.Equal(told is null ? 502 : 200, answer.Status);
        if (told is not null) Assert.Equal(told, string.Join(' ', answer.Json.GetProperty("choices").EnumerateArray().Select(choice => $"{choice.GetProperty("message").GetProperty("content").GetString()} {choice.GetProperty("finish_reason").GetString()}")));
    }

    [Theory]
    [InlineData("""{"embedding":[3,4]},{"embedding":[4,3]}""")]
    [InlineData("""{"index":null,"embedding":[3,4]},{"index":null,"embedding":[4,3]}""")]
    [InlineData("""{"index":1,"embedding":[4,3]},{"index":0,"embedding":[3,4]}""")]
    public async Task Vectors_NumberedOrNot_AreInTheOrderOfTheTexts(string data)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block, "llm/v1/embeddings");
        vendor.Answers("/v1/embeddings", $$$"""{"data":[{{{data}}}],"usage":{"prompt_tokens":2}}""");
        var answer = await vendor.Host.PostAsync("/v1/embeddings", """{"model":"r","input":["a","b"]}""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal([0.6f, 0.8f], answer.Json.GetProperty("data").EnumerateArray().Select(item => item.GetProperty("embedding")[0].GetSingle()));
    }

    // Moonshot's streams.
    [Fact]
    public async Task Usage_WithinAChoice_IsTheAnswers()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"content":"A"}""") + """data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32,"cached_tokens":3}}]}""" + "\n\ndata: [DONE]\n\n");
        Assert.Equal(
            """{"prompt_tokens":19,"completion_tokens":13,"total_tokens":32,"prompt_tokens_details":{"cached_tokens":3}}""",
            VendorHost.Read(await vendor.ChatAsync(""","stream":true,"stream_options":{"include_usage":true}""")).Usage);
    }

    // "edit_ex" and "isting_file" (continue #5849), and the whole name with every piece (hermes-agent #8259).
    [Theory]
    [InlineData("edit_existing_file", """{"index":0,"id":"a","function":{"name":"edit_ex","arguments":""}}""", """{"index":0,"function":{"name":"isting_file"}}""", """{"index":0,"function":{"arguments":"{}"}}""")]
    [InlineData("edit_existing_file", """{"id":"a","function":{"name":"edit_ex"}}""", """{"function":{"name":"isting_file"}}""", """{"function":{"arguments":"{}"}}""")]
    [InlineData("edit_existing_file", """{"index":0,"id":"a","function":{"name":"edit"}}""", """{"index":0,"id":"a","function":{"name":"_existing"}}""", """{"index":0,"id":"a","function":{"name":"_file","arguments":"{}"}}""")]
    [InlineData("edit_existing_file", """{"index":0,"id":"a","function":{"name":"edit_existing_file","arguments":"{"}}""", """{"index":0,"id":"a","function":{"name":"edit_existing_file","arguments":"}"}}""", """{"index":0,"function":{"name":"edit_existing_file","arguments":""}}""")]
    [InlineData("edit_existing_file", """{"index":0,"id":"a","function":{"name":"edit_"}}""", """{"index":0,"function":{"name":"edit_existing_file"}}""", """{"index":0,"function":{"arguments":"{}"}}""")]
    [InlineData("edit", """{"index":0,"id":"a","function":{"name":"edit"}}""", """{"index":0,"function":{"name":"edit"}}""", """{"index":0,"function":{"name":"edit","arguments":"{}"}}""")]
    [InlineData("edit", """{"index":0,"id":"a","function":{"name":"edit","arguments":""}}""", """{"index":0,"function":{"arguments":""}}""", """{"index":0,"function":{"arguments":""}}""")]
    [InlineData("haha", """{"index":0,"id":"a","function":{"name":"ha"}}""", """{"index":0,"function":{"name":"ha"}}""", """{"index":0,"function":{"arguments":"{}"}}""")]
    [InlineData("unknown", """{"index":0,"id":"a","function":{"name":"unknown"}}""", """{"index":0,"function":{"name":"edit"}}""", """{"index":0,"function":{"arguments":"{}"}}""")]
    public async Task Name_InAnyPieces_IsOne(string name, string first, string second, string third)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks($$"""{"tool_calls":[{{first}}]}""", $$"""{"tool_calls":[{{second}}]}""", $$"""{"tool_calls":[{{third}}]}""") + End("tool_calls"));
        const string Named = ""","stream":true,"tools":[{"type":"function","function":{"name":"edit_existing_file"}},{"type":"function","function":{"name":"edit"}},{"type":"function","function":{"name":"haha"}}]""";
        Assert.Equal([("a", name, "{}")], Calls(await vendor.ChatAsync(Named)));
    }

    [Fact]
    public async Task Name_ThatWasCutOff_IsToldAsFarAsItCame()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"edit"}}]}""") + End("length"));
        Assert.Equal([("a", "edit", "")], Calls(await vendor.ChatAsync(""","stream":true,"tools":[{"type":"function","function":{"name":"edit_file"}},{"type":"function","function":{"name":"edit"}}]""")));
    }

    [Theory]
    [InlineData("stop", "stop")]
    [InlineData("eos", "stop")]
    [InlineData("model_length", "length")]
    [InlineData("error", null)]
    [InlineData("abort", null)]
    [InlineData("insufficient_system_resource", null)]
    public async Task FinishReason_OfAnotherServer_IsOpenAisOrAFailure(string theirs, string? ours)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(Path, Chunks("""{"content":"A"}""") + End(theirs));
        var answer = await vendor.ChatAsync(""","stream":true""");
        if (ours is not null) Assert.Equal(ours, VendorHost.Read(answer).Finish);
        else Assert.EndsWith("\"type\":\"upstream_error\"}}\n\n", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Frames_WithEmptyReasonsAndNullChoices_AreNoEndAndNoFailure()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Streams(
            Path,
            """
            data: {"choices":[{"index":0,"delta":{"content":"A"},"finish_reason":""}]}

            data: {"choices":[{"index":0,"delta":{"content":"B"},"finish_reason":"length"}]}

            data: {"choices":null,"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_cache_hit_tokens":1}}

            data: {"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_cache_hit_tokens":2}}

            data: [DONE]


            """);
        Assert.Equal(
            ("AB", "", "length", """{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":2}}"""),
            VendorHost.Read(await vendor.ChatAsync(""","stream":true,"stream_options":{"include_usage":true}""")));
    }

    // vLLM and OpenRouter answer 200 and say in the first frame, or in the whole document, what should have been the status.
    [Theory]
    [InlineData("""{"error":{"message":"This model's maximum context length is 4096 tokens. However, you requested 20005 tokens.","type":"BadRequestError","param":null,"code":400}}""", 400, "context_length_exceeded")]
    [InlineData("""{"object":"error","message":"maximum context length is 4096","type":"invalid_request_error","code":400}""", 400, "context_length_exceeded")]
    [InlineData("""{"error":{"code":429,"message":"slow down"}}""", 429, "upstream_rate_limited")]
    [InlineData("""{"error":{"type":"rate_limit_error","message":"x"}}""", 429, "upstream_rate_limited")]
    [InlineData("""{"error":{"code":"invalid_api_key","message":"x"}}""", 502, "upstream_authentication")]
    [InlineData("""{"error":{"code":503,"message":"x"}}""", 503, "upstream_unavailable")]
    [InlineData("""{"id":"x","choices":[],"error":{"code":"server_error","message":"x"}}""", 502, "upstream_error")]
    public async Task Error_InsideOfA200_HasItsStatus(string document, int status, string code)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, document);
        var whole = await vendor.ChatAsync();
        Assert.Equal((status, code), (whole.Status, whole.Code));
        vendor.Streams(Path, $"data: {document}\n\n");
        var streamed = await vendor.ChatAsync(""","stream":true""");
        Assert.Equal((status, code), (streamed.Status, streamed.Code));
    }

    // MLflow's pyfunc models and some proxies answer whole whatever is asked; others stream whatever is asked.
    [Theory]
    [InlineData("openai", Block, Path, """{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}""", """data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}|data: {"choices":[{"index":0,"delta":{"content":"lo"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}|data: [DONE]|""")]
    [InlineData("mlflow-model-serving", """{"model_server_url":"BASE"}""", "/invocations", """{"choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}""", """data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"length"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}|data: [DONE]|""")]
    [InlineData("anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""", "/v1/messages", """{"type":"message","content":[{"type":"text","text":"Hello"}],"stop_reason":"max_tokens","usage":{"input_tokens":3,"output_tokens":2}}""", """data: {"type":"message_start","message":{"usage":{"input_tokens":3}}}|data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}|data: {"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":2}}|data: {"type":"message_stop"}|""")]
    public async Task Answer_ThatComesOtherwiseThanAsked_IsReadAsItComes(string provider, string block, string path, string whole, string frames)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        const string Usage = """{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}""";
        vendor.Answers(path, whole);
        Assert.Equal(("Hello", "", "length", Usage), VendorHost.Read(await vendor.ChatAsync(""","stream":true,"stream_options":{"include_usage":true}""")));
        vendor.Streams(path, frames.Replace("|", "\n\n", StringComparison.Ordinal));
        var answer = await vendor.ChatAsync();
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(("Hello", Usage), (answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), answer.Json.GetProperty("usage").GetRawText()));
    }

    // OpenAI's SDKs know the code, and no try later mends it.
    [Theory]
    [InlineData(429, """{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}""")]
    [InlineData(429, """{"error":{"message":"x","type":"insufficient_quota","param":null,"code":"billing_hard_limit_reached"}}""")]
    [InlineData(402, """{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}""")]
    public async Task Account_OfTheRouteWithNothingLeft_IsSaidAndNotTriedAgain(int status, string body)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, body, status);
        var answer = await vendor.ChatAsync();
        Assert.Equal((429, "insufficient_quota", false), (answer.Status, answer.Code, answer.Headers.ContainsKey("Retry-After")));
        Assert.Single(vendor.Host.Provider.Requests);
    }

    // What clients send unasked, and what means nothing to a service that does not have it.
    [Theory]
    [InlineData("anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""", "/v1/messages", """{"type":"message","content":[{"type":"text","text":"A"}],"stop_reason":"end_turn"}""")]
    [InlineData("databricks-model-serving", """{"databricks_api_token":"k","databricks_workspace_url":"BASE"}""", "/serving-endpoints/m-1/invocations", """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""")]
    [InlineData("cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""", "/v2/chat", """{"message":{"content":[{"type":"text","text":"A"}]},"finish_reason":"COMPLETE"}""")]
    public async Task Parameters_ThatAskForNothing_AreLeftOutWhereTheyAreNotKnown(string provider, string block, string path, string answer)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers(path, answer);
        var taken = await vendor.ChatAsync(""","presence_penalty":0,"frequency_penalty":0.0,"repetition_penalty":1.0,"min_p":0,"parallel_tool_calls":true,"prompt_cache_key":"k","safety_identifier":"u" """);
        Assert.True(taken.Status == 200, taken.Body);
        foreach (var name in (string[])["repetition", "min_p", "parallel", "cache_key", "safety"]) Assert.DoesNotContain(name, vendor.Sent.Body, StringComparison.Ordinal);

        // A penalty that is one is not left out in silence.
        var refused = await vendor.ChatAsync(""","repetition_penalty":1.1""");
        Assert.Equal((400, "repetition_penalty"), (refused.Status, refused.Param));
    }

    [Fact]
    public async Task Error_InAList_IsReadAsOne()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """[{"error":{"code":400,"message":"The input token count (20005) exceeds the maximum number of tokens allowed (4096).","status":"INVALID_ARGUMENT"}}]""", 400);
        var answer = await vendor.ChatAsync();
        Assert.Equal((400, "context_length_exceeded"), (answer.Status, answer.Code));
        Assert.Contains("20005, 4096", answer.Body, StringComparison.Ordinal);
    }

    // Marks of what to keep pass to servers that may know them (OpenRouter), as they stand; OpenAI's own refuses members that it does not know.
    [Theory]
    [InlineData("openai", """{"openai_api_base":"BASE/v1"}""", Path, """[{"type":"text","text":"long","cache_control":{"type":"ephemeral"}}]""")]
    [InlineData("azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""", "/openai/v1/chat/completions", "\"long\"")]
    public async Task CacheControl_OfAPart_ReachesWhoMayKnowIt(string provider, string block, string path, string content)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers(path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.ChatAsync("", """[{"role":"user","content":[{"type":"text","text":"long","cache_control":{"type":"ephemeral"}}]}]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(content, vendor.Sent.Json.GetProperty("messages")[0].GetProperty("content").GetRawText());
    }

    [Fact]
    public async Task Parameters_ThatAskForNothing_ReachWhoKnowsThem()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        Assert.Equal(200, (await vendor.ChatAsync(""","presence_penalty":0,"repetition_penalty":1,"min_p":0,"prompt_cache_key":"k","safety_identifier":"u" """)).Status);
        Assert.Equal("""{"model":"m-1","messages":[{"role":"user","content":"Hi"}],"min_p":0,"presence_penalty":0,"repetition_penalty":1,"prompt_cache_key":"k","safety_identifier":"u"}""", vendor.Sent.Body);
    }

    // OpenAI: an empty object asks for a search; without tools it refuses parallel_tool_calls. vLLM: 0 and -1 are no limit, whatever the model's own is.
    [Theory]
    [InlineData(""","web_search_options":{}""", ",\"web_search_options\":{}")]
    [InlineData(""","parallel_tool_calls":false""", "")]
    [InlineData(""","top_k":-1""", ",\"top_k\":-1")]
    [InlineData(""","top_k":0""", ",\"top_k\":0")]
    [InlineData(""","service_tier":"default","verbosity":"medium" """, ",\"verbosity\":\"medium\",\"service_tier\":\"default\"")]
    public async Task Parameters_OfSurprisingMeaning_ReachTheServerAsItMeansThem(string rest, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.ChatAsync(rest);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal($$"""{"model":"m-1","messages":[{"role":"user","content":"Hi"}]{{sent}}}""", vendor.Sent.Body);
    }

    [Theory]
    [InlineData(""","parallel_tool_calls":false,"top_k":-1,"service_tier":"default","verbosity":"medium" """, null)]
    [InlineData(""","web_search_options":{}""", "web_search_options")]
    [InlineData(""","top_k":-2""", "top_k")]
    public async Task Parameters_ThatAskForNothing_AreNoneWhereTheProviderHasNone(string rest, string? param)
    {
        await using var host = await GatewayHost.StartAsync(azurite);
        await host.CreateRouteAsync("r");
        var answer = await host.PostAsync("/v1/chat/completions", $$"""{"model":"r","messages":[{"role":"user","content":"Hi"}]{{rest}}}""");
        Assert.Equal((param is null ? 200 : 400, param), (answer.Status, answer.Status == 200 ? null : answer.Param));
    }

    // DeepSeek answers 400 where a turn that called tools comes back without its thoughts (opencode #24722, claude-code-router #1641, and many more); Mistral goes on with a turn only with prefix.
    [Theory]
    [InlineData("openai", Block, ""","reasoning_content":"Hm a@b.co","reasoning_details":[{"type":"x"}],"prefix":true""")]
    [InlineData("azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""", "")]
    public async Task Thoughts_OfATurn_GoBackToServersOfTheirOwn(string provider, string block, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        vendor.Answers(provider == "openai" ? Path : "/openai" + Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        const string Messages = """[{"role":"user","content":"Q","reasoning_content":"x"},{"role":"assistant","content":"A","reasoning_content":"Hm a@b.co","reasoning_details":[{"type":"x"}],"prefix":true}]""";
        var answer = await vendor.ChatAsync(messages: Messages);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal($$"""[{"role":"user","content":"Q"},{"role":"assistant","content":"A"{{sent}}}]""", vendor.Sent.Json.GetProperty("messages").GetRawText());

        // Guards look at them too.
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"guards":{"input":[{"pii":"email","action":"block"}]}}""")).Status);
        Assert.Equal("messages[1].reasoning_content", (await vendor.ChatAsync(messages: Messages)).Param);
    }

    [Theory]
    [InlineData("/v1/messages", """{"model":"r","max_tokens":9,"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm","signature":""},{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"1"}]}]}""")]
    [InlineData("/v1/responses", """{"model":"r","input":[{"role":"user","content":"Q"},{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm"}]},{"type":"function_call","call_id":"a","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"a","output":"1"}]}""")]
    public async Task Thoughts_OfOtherApis_GoBackAsReasoningContent(string path, string body)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.Host.PostAsync(path, body);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}],"reasoning_content":"Hm"}""",
            vendor.Sent.Json.GetProperty("messages")[1].GetRawText());
    }

    // n8n #23656, ogx #4617: LangChain writes strict: null, which OpenAI and LM Studio refuse. In a schema null has a meaning.
    [Fact]
    public async Task Nulls_BesideASchema_AreNotPassedOn()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        vendor.Answers(Path, """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.ChatAsync(
            ""","tools":[{"type":"function","function":{"name":"f","description":null,"strict":null,"parameters":{"type":"object","properties":{"a":{"enum":[null,1],"default":null}}}},"cache_control":null},{"type":"function","function":{"name":"g","parameters":null}}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":null,"schema":{"const":null}}}""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(
            """[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":{"enum":[null,1],"default":null}}}}},{"type":"function","function":{"name":"g"}}]""",
            vendor.Sent.Json.GetProperty("tools").GetRawText());
        Assert.Equal("""{"type":"json_schema","json_schema":{"name":"n","schema":{"const":null}}}""", vendor.Sent.Json.GetProperty("response_format").GetRawText());
    }

    // What best_of writes is paid for, though one of it is told: a limit reserves for all.
    [Theory]
    [InlineData(""","best_of":4""", 429)]
    [InlineData(""","best_of":2""", 200)]
    [InlineData(""","best_of":1,"n":4""", 429)]
    [InlineData(""","best_of":129""", 400)]
    [InlineData(""","best_of":0""", 400)]
    [InlineData(""","best_of":"4" """, 400)]
    public async Task BestOf_IsReservedAsItIsBilled(string rest, int status)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block, "llm/v1/completions");
        vendor.Answers("/v1/completions", """{"choices":[{"index":0,"text":"A","finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":20}}""");
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Put, "/limits/routes/r", """{"limits":[{"tokens":300,"renewal_period":"day"}]}""")).Status);
        var answer = await vendor.Host.PostAsync("/v1/completions", $$"""{"model":"r","prompt":"x","max_tokens":100{{rest}}}""");
        Assert.Equal(status, answer.Status);
        Assert.Equal(status switch { 400 => "best_of", 429 => "max_tokens", _ => null }, status == 200 ? null : answer.Param);
    }

    [Theory]
    [InlineData(""","max_completion_tokens":0""", "max_completion_tokens")]
    [InlineData(""","max_tokens":0""", "max_tokens")]
    [InlineData(""","tool_choice":"required" """, "tool_choice")]
    [InlineData(""","tool_choice":{"type":"function","function":{"name":"f"}},"tools":[]""", "tool_choice")]
    public async Task Parameter_OfNoUse_IsRefusedUnderTheNameThatItCameBy(string rest, string param)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", Block);
        var answer = await vendor.ChatAsync(rest);
        Assert.Equal((400, param), (answer.Status, answer.Param));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    private static string Chunks(params string[] deltas) => string.Concat(deltas.Select(delta => $$"""data: {"choices":[{"index":0,"delta":{{delta}},"finish_reason":null}]}""" + "\n\n"));

    private static string End(string reason) => $$"""data: {"choices":[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]}""" + "\n\ndata: [DONE]\n\n";

    /// <summary>A stream's calls as a client of OpenAI's puts them together: by index, with id and name from the first piece and from no other.</summary>
    private static List<(string? Id, string? Name, string Arguments)> Calls(GatewayHost.Answer answer)
    {
        Assert.True(answer.Status == 200, answer.Body);
        var calls = new List<(string? Id, string? Name, string Arguments)>();
        foreach (var frame in answer.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1])
        {
            foreach (var choice in System.Text.Json.JsonDocument.Parse(frame["data: ".Length..]).RootElement.GetProperty("choices").EnumerateArray())
            {
                if (!choice.GetProperty("delta").TryGetProperty("tool_calls", out var pieces)) continue;
                foreach (var piece in pieces.EnumerateArray())
                {
                    var at = piece.GetProperty("index").GetInt32();
                    var function = piece.GetProperty("function");
                    if (at == calls.Count) calls.Add((piece.GetProperty("id").GetString(), function.GetProperty("name").GetString(), ""));
                    else Assert.False(piece.TryGetProperty("id", out _) || function.TryGetProperty("name", out _), frame);
                    calls[at] = calls[at] with { Arguments = calls[at].Arguments + function.GetProperty("arguments").GetString() };
                }
            }
        }

        return calls;
    }
}
