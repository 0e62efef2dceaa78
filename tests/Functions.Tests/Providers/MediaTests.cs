using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>Files and audio in messages, as OpenAI's chats and responses write them: each vendor gets its own shape, and who has none is refused by name.</summary>
[Collection("gateway")]
public sealed class MediaTests(AzuriteFixture azurite)
{
    private const string Pdf = """{"type":"file","file":{"filename":"a b.pdf","file_data":"data:application/pdf;base64,JVBERg=="}}""";
    private const string Text = """{"type":"file","file":{"filename":"n.txt","file_data":"data:text/plain;charset=utf-8;base64,SMOp"}}""";
    private const string Bare = """{"type":"file","file":{"filename":"n.csv","file_data":"YSxi"}}""";
    private const string Uploaded = """{"type":"file","file":{"file_id":"file-1"}}""";
    private const string Audio = """{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}""";
    private const string OpenAi = """{"openai_api_base":"BASE/v1"}""";
    private const string Azure = """{"azure_openai_api_key":"k","azure_openai_api_base":"BASE"}""";
    private const string Anthropic = """{"anthropic_api_key":"k","anthropic_api_base":"BASE"}""";
    private const string Gemini = """{"gemini_api_key":"k","gemini_api_base":"BASE"}""";
    private const string Bedrock = """{"aws_access_key_id":"a","aws_secret_access_key":"s","aws_region":"us-east-1","bedrock_api_base":"BASE"}""";

    [Theory]
    [InlineData("openai", OpenAi, Pdf, """{"type":"file","file":{"filename":"a b.pdf","file_data":"data:application/pdf;base64,JVBERg=="}}""")]
    [InlineData("openai", OpenAi, Bare, """{"type":"file","file":{"filename":"n.csv","file_data":"data:text/csv;base64,YSxi"}}""")]
    [InlineData("openai", OpenAi, Uploaded, """{"type":"file","file":{"file_id":"file-1"}}""")]
    [InlineData("azure-openai", Azure, Audio, """{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"wav"}}""")]
    [InlineData("anthropic", Anthropic, Pdf, """{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERg=="},"title":"a b.pdf"}""")]
    [InlineData("anthropic", Anthropic, Text, """{"type":"document","source":{"type":"text","media_type":"text/plain","data":"Hé"},"title":"n.txt"}""")]
    [InlineData("gemini", Gemini, Pdf, """{"inlineData":{"mimeType":"application/pdf","data":"JVBERg=="}}""")]
    [InlineData("gemini", Gemini, Audio, """{"inlineData":{"mimeType":"audio/wav","data":"UklGRg=="}}""")]
    [InlineData("bedrock", Bedrock, Pdf, """{"document":{"format":"pdf","name":"a b","source":{"bytes":"JVBERg=="}}}""")]
    [InlineData("bedrock", Bedrock, Bare, """{"document":{"format":"csv","name":"n","source":{"bytes":"YSxi"}}}""")]
    public async Task Part_OfAMessage_IsTheVendorsOwn(string provider, string block, string part, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        await vendor.ChatAsync(messages: $$"""[{"role":"user","content":[{"type":"text","text":"Read"},{{part}}]}]""");
        Assert.Contains(sent, vendor.Host.Provider.Requests.First().Body, StringComparison.Ordinal);
    }

    /// <summary>A photo is some megabytes; what has no images in it stays at one, and an operator says how much the others may be.</summary>
    [Fact]
    public async Task Image_OfSomeMegabytes_IsTakenUpToTheSetting()
    {
        static string Body(int bytes) =>
            """{"model":"r","messages":[{"role":"user","content":[{"type":"text","text":"See"},{"type":"image_url","image_url":{"url":"data:image/png;base64,PIXELS"}}]}]}"""
            .Replace("PIXELS", Convert.ToBase64String(new byte[bytes]), StringComparison.Ordinal);
        foreach (var (most, taken, refused) in ((string?, int, int)[])[(null, 3_000_000, 3_200_000), ("1", 700_000, 800_000), ("8", 6_000_000, 6_400_000)])
        {
            await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi, settings: most is null ? null : new() { ["Gateway:MaxBodyMegabytes"] = most });
            Assert.Equal(200, (await vendor.Host.PostAsync("/v1/chat/completions", Body(taken))).Status);
            var answer = await vendor.Host.PostAsync("/v1/chat/completions", Body(refused));
            Assert.Equal((413, "body_too_large"), (answer.Status, answer.Code));
            Assert.Equal(413, (await vendor.Host.PostAsync("/clients", $$"""{"name":"{{new string('x', 1_100_000)}}"}""")).Status);
        }
    }

    // "Image does not match the provided media type": phones and browsers name a picture after its file's ending.
    [Theory]
    [InlineData("anthropic", Anthropic, "image/png", "/9j/4AAQSkZJRg==", """{"type":"image","source":{"type":"base64","media_type":"image/jpeg","data":"/9j/4AAQSkZJRg=="}}""")]
    [InlineData("anthropic", Anthropic, "application/octet-stream", "R0lGODlhAQABAA==", """{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"R0lGODlhAQABAA=="}}""")]
    [InlineData("bedrock", Bedrock, "image/jpeg", "UklGRiQAAABXRUJQVlA4", """{"image":{"format":"webp","source":{"bytes":"UklGRiQAAABXRUJQVlA4"}}}""")]
    [InlineData("bedrock", Bedrock, "image/gif", "QUFB", """{"image":{"format":"gif","source":{"bytes":"QUFB"}}}""")]
    [InlineData("gemini", Gemini, "image/webp", "iVBORw0KGgo=", """{"inlineData":{"mimeType":"image/png","data":"iVBORw0KGgo="}}""")]
    [InlineData("openai", OpenAi, "image/png", "/9j/4AAQSkZJRg==", """{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,/9j/4AAQSkZJRg=="}}""")]
    [InlineData("openai", OpenAi, "image/JPEG;a=b", "/9j/4A==", """{"type":"image_url","image_url":{"url":"data:image/JPEG;a=b;base64,/9j/4A=="}}""")]
    public async Task Image_OfAnyName_IsOfTheKindThatItsBytesSay(string provider, string block, string said, string data, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        await vendor.ChatAsync(messages: $$$"""[{"role":"user","content":[{"type":"text","text":"See"},{"type":"image_url","image_url":{"url":"data:{{{said}}};base64,{{{data}}}"}}]}]""");
        Assert.Contains(sent, vendor.Host.Provider.Requests.First().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ImageOfAMessagesRequest_OfAnyName_IsOfTheKindThatItsBytesSay()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "anthropic", Anthropic);
        await vendor.Host.PostAsync(
            "/v1/messages",
            """{"model":"r","max_tokens":9,"tools":[{"name":"f","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"tool_use","id":"a","name":"f","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"/9j/4A=="}}]}]}]}""");
        Assert.Contains("""{"type":"base64","media_type":"image/jpeg","data":"/9j/4A=="}""", vendor.Host.Provider.Requests.First().Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("image/heic", "QUFB")]
    [InlineData("image/png", "?")]
    [InlineData("application/pdf", "JVBERg==")]
    public async Task Image_OfNoKindThatModelsSee_IsRefused(string said, string data)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        var answer = await vendor.ChatAsync(messages: $$$"""[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:{{{said}}};base64,{{{data}}}"}}]}]""");
        Assert.Equal((400, "messages[0].content[0].image_url.url"), (answer.Status, answer.Param));
    }

    [Theory]
    [InlineData("anthropic", Anthropic, """{"type":"document","source":{"type":"url","url":"https://x.example/a.pdf"}}""")]
    [InlineData("gemini", Gemini, """{"fileData":{"mimeType":"application/pdf","fileUri":"https://x.example/a.pdf"}}""")]
    public async Task FileOfAResponse_ByUrl_IsTheVendorsOwn(string provider, string block, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        await vendor.Host.PostAsync("/v1/responses", """{"model":"r","input":[{"role":"user","content":[{"type":"input_text","text":"Read"},{"type":"input_file","file_url":"https://x.example/a.pdf"}]}]}""");
        Assert.Contains(sent, vendor.Host.Provider.Requests.First().Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("anthropic", Anthropic, Audio, "messages[0].content")]
    [InlineData("anthropic", Anthropic, Uploaded, "messages")]
    [InlineData("bedrock", Bedrock, Audio, "messages[0].content")]
    [InlineData("cohere", """{"cohere_api_key":"k","cohere_api_base":"BASE"}""", Pdf, "messages[0].content")]
    [InlineData("databricks-model-serving", """{"databricks_api_token":"k","databricks_workspace_url":"BASE"}""", Pdf, "messages[0].content")]
    [InlineData("openai", OpenAi, """{"type":"input_file","file_url":"https://x.example/a.pdf"}""", "messages[0].content")]
    [InlineData("openai", OpenAi, """{"type":"input_file","file_url":"http://x.example/a.pdf"}""", "messages[0].content[1].file_url")]
    [InlineData("openai", OpenAi, """{"type":"file","file":{"file_data":"data:application/pdf;base64,?"}}""", "messages[0].content[1].file.file_data")]
    [InlineData("openai", OpenAi, """{"type":"file","file":{"filename":"a.pdf"}}""", "messages[0].content[1].file")]
    [InlineData("openai", OpenAi, """{"type":"file","file":{"file_id":"f","file_data":"YQ=="}}""", "messages[0].content[1].file")]
    [InlineData("openai", OpenAi, """{"type":"file"}""", "messages[0].content[1].file")]
    [InlineData("openai", OpenAi, """{"type":"input_audio","input_audio":{"data":"UklGRg==","format":"../wav"}}""", "messages[0].content[1].input_audio.format")]
    [InlineData("openai", OpenAi, """{"type":"input_audio","input_audio":{"format":"wav"}}""", "messages[0].content[1].input_audio.data")]
    [InlineData("openai", OpenAi, """{"type":"video","video":{}}""", "messages[0].content[1].type")]
    public async Task Part_ThatNobodyTakes_IsRefusedByItsName(string provider, string block, string part, string param)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        var answer = await vendor.ChatAsync(messages: $$"""[{"role":"user","content":[{"type":"text","text":"Read"},{{part}}]}]""");
        Assert.Equal((400, param), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
        Assert.Empty(vendor.Host.Provider.Requests);
    }

    [Theory]
    [InlineData(Pdf)]
    [InlineData(Audio)]
    public async Task Part_BehindInputGuards_IsRefusedBecauseNobodyLooksAtIt(string part)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"guards":{"input":[{"pii":"email","action":"mask"}]}}""")).Status);
        var answer = await vendor.ChatAsync(messages: $$"""[{"role":"user","content":[{"type":"text","text":"Read"},{{part}}]}]""");
        Assert.Equal((400, "messages[0].content"), (answer.Status, answer.Json.GetProperty("error").GetProperty("param").GetString()));
    }

    // What is text only goes in its parts to who has parts, and as lines to servers of whom nobody knows.
    [Theory]
    [InlineData("openai", OpenAi, """{"role":"user","content":"mail [email]\nand more"}""")]
    [InlineData("azure-openai", Azure, """{"role":"user","content":[{"type":"text","text":"mail [email]"},{"type":"text","text":"and more"}]}""")]
    [InlineData("anthropic", Anthropic, """{"role":"user","content":[{"type":"text","text":"mail [email]"},{"type":"text","text":"and more"}]}""")]
    [InlineData("gemini", Gemini, """{"role":"user","parts":[{"text":"mail [email]"},{"text":"and more"}]}""")]
    public async Task TextInParts_Guarded_IsMaskedAsItIsSent(string provider, string block, string sent)
    {
        await using var vendor = await VendorHost.StartAsync(azurite, provider, block);
        Assert.Equal(200, (await vendor.Host.SendAsync(HttpMethod.Patch, "/api/2.0/gateway/routes/r", """{"guards":{"input":[{"pii":"email","action":"mask"}]}}""")).Status);
        await vendor.ChatAsync(messages: """[{"role":"user","content":[{"type":"text","text":"mail a@example.com"},{"type":"text","text":"and more"}]}]""");
        Assert.Contains(sent, vendor.Host.Provider.Requests.First().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Thoughts_InAHistory_AreLeftOut()
    {
        await using var vendor = await VendorHost.StartAsync(azurite, "openai", OpenAi);
        await vendor.ChatAsync(messages: """[{"role":"user","content":"Q"},{"role":"assistant","content":[{"type":"thinking","thinking":"Hm"},{"type":"text","text":"A"}]},{"role":"user","content":"R"}]""");
        Assert.Equal("""[{"role":"user","content":"Q"},{"role":"assistant","content":"A"},{"role":"user","content":"R"}]""", JsonSerializer.Serialize(vendor.Host.Provider.Requests.First().Json.GetProperty("messages")));
    }
}
