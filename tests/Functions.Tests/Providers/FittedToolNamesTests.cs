using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Providers;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Names of tools that a service does not take (cline #11885, claude-code #21136, vercel ai #17769): it is told others, and the caller reads its own.</summary>
[Collection("gateway")]
public sealed class FittedToolNamesTests(AzuriteFixture azurite)
{
    private const string Long = "mcp__plugin_cloudflare_cloudflare-workers-observability__query_worker_observability";
    private const string Dotted = "admin.tools/list";

    [Fact]
    public async Task OpenAi_IsToldNamesThatItTakes_AndCallsComeUnderTheCallers()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", """{"openai_api_base":"BASE/v1"}""");
        var (fitted, dotted) = (ToolName.Of("", Long), ToolName.Of("", Dotted));
        vendor.Streams("/v1/chat/completions", $$$"""data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"{{{fitted}}}","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}""" + "\n\ndata: [DONE]\n\n");
        var answer = await vendor.Host.PostAsync(
            "/v1/messages",
            $$$"""{"model":"r","max_tokens":9,"stream":true,"tools":[{"name":"{{{Long}}}","input_schema":{"type":"object"}},{"name":"{{{Dotted}}}","input_schema":{"type":"object"}},{"name":"f","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"{{{Long}}}"},"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"tool_use","id":"b","name":"{{{Dotted}}}","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"b","content":"1"}]}]}""");
        Assert.Contains($"\"name\":\"{Long}\"", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(fitted, answer.Body, StringComparison.Ordinal);
        var sent = vendor.Sent.Json;
        Assert.Equal([fitted, dotted, "f"], sent.GetProperty("tools").EnumerateArray().Select(tool => tool.GetProperty("function").GetProperty("name").GetString()));
        Assert.Equal($$$"""{"type":"function","function":{"name":"{{{fitted}}}"}}""", sent.GetProperty("tool_choice").GetRawText());
        Assert.Equal(dotted, sent.GetProperty("messages")[1].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
        Assert.All([fitted, dotted], name => Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", name));
    }

    [Theory]
    [InlineData("""{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"a.b"}}]}}""")]
    [InlineData(""" "required" """)]
    public async Task Choice_AmongTools_NamesThemAsTheyAreTold(string choice)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "azure-openai", """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""");
        vendor.Answers("/openai/v1/chat/completions", """{"choices":[{"index":0,"message":{"content":"A"},"finish_reason":"stop"}]}""");
        var answer = await vendor.ChatAsync(""","tools":[{"type":"function","function":{"name":"a.b"}},{"type":"function","function":{"name":"c"}}],"tool_choice":""" + choice);
        Assert.True(answer.Status == 200, answer.Body);
        Assert.DoesNotContain("a.b", vendor.Sent.Body, StringComparison.Ordinal);
        Assert.Contains(ToolName.Of("", "a.b"), vendor.Sent.Json.GetProperty("tools").GetRawText(), StringComparison.Ordinal);
        if (choice.Contains("allowed", StringComparison.Ordinal)) Assert.Contains(ToolName.Of("", "a.b"), vendor.Sent.Json.GetProperty("tool_choice").GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", "/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"NAME","args":{}}}]},"finishReason":"STOP"}]}""", false)]
    [InlineData("bedrock", """{"aws_access_key_id":"a","aws_secret_access_key":"b","aws_region":"us-east-1","bedrock_api_base":"BASE"}""", "/model/m-1/converse", """{"output":{"message":{"content":[{"toolUse":{"toolUseId":"t","name":"NAME","input":{}}}]}},"stopReason":"tool_use"}""", false)]
    [InlineData("anthropic", """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""", "/v1/messages", """{"type":"message","content":[{"type":"tool_use","id":"t","name":"NAME","input":{}}],"stop_reason":"tool_use"}""", true)]
    public async Task Service_OfAnyKind_IsToldNamesOfItsLength(string provider, string block, string path, string answers, bool takesLong)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        var fitted = takesLong ? Long : ToolName.Of("", Long);
        vendor.Answers(path, answers.Replace("NAME", fitted, StringComparison.Ordinal));
        var answer = await vendor.ChatAsync($$$""","tools":[{"type":"function","function":{"parameters":{"type":"object"},"name":"{{{Long}}}"} }]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(Long, answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Contains($"\"{fitted}\"", vendor.Sent.Body, StringComparison.Ordinal);
    }

    // Gemini: "Invalid function name. Must start with a letter or an underscore."; Cohere takes no hyphens (lobehub #4216).
    [Theory]
    [InlineData("gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", "/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"NAME","args":{}}}]},"finishReason":"STOP"}]}""", "7-zip", "^_7-zip_[0-9a-f]{8}$")]
    [InlineData("gemini", """{"gemini_api_key":"k","gemini_api_base":"BASE"}""", "/v1beta/models/m-1:generateContent", """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"NAME","args":{}}}]},"finishReason":"STOP"}]}""", "zip-7", "^zip-7$")]
    [InlineData("cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""", "/v2/chat", """{"finish_reason":"TOOL_CALL","message":{"tool_calls":[{"id":"t","type":"function","function":{"name":"NAME","arguments":"{}"}}]}}""", "7-zip", "^_7_zip_[0-9a-f]{8}$")]
    [InlineData("cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""", "/v2/chat", """{"finish_reason":"TOOL_CALL","message":{"tool_calls":[{"id":"t","type":"function","function":{"name":"NAME","arguments":"{}"}}]}}""", "get_it", "^get_it$")]
    public async Task Service_OfRulesOfItsOwn_IsToldNamesThatItTakes(string provider, string block, string path, string answers, string name, string pattern)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        var fitted = ToolName.Of(name, provider == "gemini" ? ToolNameRule.Gemini : ToolNameRule.Cohere);
        Assert.Matches(pattern, fitted);
        vendor.Answers(path, answers.Replace("NAME", fitted, StringComparison.Ordinal));
        var answer = await vendor.ChatAsync($$$""","tools":[{"type":"function","function":{"parameters":{"type":"object"},"name":"{{{name}}}"} }]""");
        Assert.True(answer.Status == 200, answer.Body);
        Assert.Equal(name, answer.Json.GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Contains($"\"{fitted}\"", vendor.Sent.Body, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_OfAnyText_FitAndStayApartAndFitTwiceTheSame() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyString[]>(), Gen.Elements(ToolNameRule.Common, ToolNameRule.Anthropic, ToolNameRule.Gemini, ToolNameRule.Cohere).ToArbitrary(), (given, rule) =>
        {
            var names = given.Select(name => name.Get).Concat(given.Select(name => new string('x', 70) + name.Get)).Distinct(StringComparer.Ordinal).ToList();
            var fitted = names.ConvertAll(name => ToolName.Of(name, rule));
            return fitted.All(name => name.Length <= rule.MaxLength && name.All(rule.Takes) && rule.TakesFirst(name))
                && fitted.Distinct(StringComparer.Ordinal).Count() == names.Count
                && fitted.TrueForAll(name => ToolName.Of(name, rule) == name);
        }).QuickCheckThrowOnFailure();
}
