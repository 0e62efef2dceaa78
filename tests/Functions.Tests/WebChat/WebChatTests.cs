using System.IO.Compression;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Serverless.Functions.Clients;
using Serverless.Functions.Tests.Hosting;
using Serverless.Functions.WebChat;

namespace Serverless.Functions.Tests.WebChat;

/// <summary>The page as the app serves it.</summary>
[Collection("gateway")]
public sealed partial class WebChatTests(AzuriteFixture azurite)
{
    private const string Tenant = "11111111-1111-1111-1111-111111111111";
    private const string Client = "22222222-2222-2222-2222-222222222222";

    private static readonly Dictionary<string, string?> Deployed = new() { ["Gateway:AnonymousAccess"] = "none", ["Gateway:OperatorKey"] = GatewayHost.OperatorKey };

    [Fact]
    public async Task Page_WithoutAKey_ComesWithAllThatItNames()
    {
        await using var host = await GatewayHost.StartAsync(azurite, Deployed);
        using var index = await host.Http.GetAsync("/web-chat/");
        var html = await index.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.OK, "text/html; charset=utf-8"), (index.StatusCode, index.Content.Headers.ContentType!.ToString()));
        Assert.Equal("frame-ancestors 'none'", index.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", index.Headers.GetValues("X-Content-Type-Options").Single());

        // What the markup and the modules name, each from where it stands.
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var left = new Queue<string>(Named().Matches(html).Select(m => m.Groups[1].Value).Append("msal-browser.min.js"));
        while (left.TryDequeue(out var name))
        {
            if (!seen.Add(name)) continue;
            using var file = await host.Http.GetAsync($"/web-chat/{name}");
            Assert.Equal((name, HttpStatusCode.OK), (name, file.StatusCode));
            Assert.Equal(name.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript", file.Content.Headers.ContentType!.MediaType);
            var text = await file.Content.ReadAsStringAsync();
            Assert.NotEmpty(text);
            foreach (Match import in Imported().Matches(text)) left.Enqueue(import.Groups[1].Value);
        }

        Assert.Superset(new HashSet<string>(["app.js", "api.js", "door.js", "identity.js", "style.css", "theme.js", "signalr.min.js", "markdown-it.min.js", "msal-browser.min.js"]), seen);
    }

    [Fact]
    public async Task Page_WithoutItsSlash_SendsWhereItsFilesAre()
    {
        await using var host = await GatewayHost.StartAsync(azurite, Deployed);
        using var answer = await host.Http.GetAsync("/web-chat");
        Assert.Equal((HttpStatusCode.OK, "/web-chat/index.html"), (answer.StatusCode, answer.RequestMessage!.RequestUri!.AbsolutePath));
    }

    [Fact]
    public async Task File_AskedForAgain_IsNotSentAgain()
    {
        await using var host = await GatewayHost.StartAsync(azurite, Deployed);
        using var first = await host.Http.GetAsync("/web-chat/app.js");
        var etag = first.Headers.ETag!.Tag;
        Assert.True(first.Headers.CacheControl!.NoCache);
        foreach (var known in (string[])[etag, $"W/{etag}", $"\"other\", {etag}", "*"])
        {
            var again = await host.SendAsync(HttpMethod.Get, "/web-chat/app.js", null, null, ("If-None-Match", known));
            Assert.Equal((known, 304, ""), (known, again.Status, again.Body));
        }

        Assert.Equal(200, (await host.SendAsync(HttpMethod.Get, "/web-chat/app.js", null, null, ("If-None-Match", "\"other\""))).Status);
    }

    [Fact]
    public async Task File_ToWhoeverTakesGzip_ComesPacked()
    {
        await using var host = await GatewayHost.StartAsync(azurite, Deployed);
        var plain = await host.Http.GetByteArrayAsync("/web-chat/msal-browser.min.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/web-chat/msal-browser.min.js") { Headers = { { "Accept-Encoding", "gzip, br" } } };
        using var packed = await host.Http.SendAsync(request);
        Assert.Equal("Accept-Encoding", packed.Headers.Vary.Single());
        Assert.True(packed.Content.Headers.ContentLength < plain.Length / 2);
        using var unpacked = new MemoryStream();
        await using (var gzip = new GZipStream(await packed.Content.ReadAsStreamAsync(), CompressionMode.Decompress)) await gzip.CopyToAsync(unpacked);
        Assert.Equal(plain, unpacked.ToArray());
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("no.js")]
    [InlineData("APP.JS")]
    [InlineData("%2e%2e/Serverless.Functions.dll")]
    [InlineData("..%2fhost.json")]
    [InlineData("..%5chost.json")]
    [InlineData("sub/app.js")]
    [InlineData("/app.js")]
    [InlineData("app.js%00")]
    public async Task Path_OfNoFileOfThePage_IsNotFound(string path)
    {
        await using var host = await GatewayHost.StartAsync(azurite, Deployed);
        var answer = await host.GetAsync($"/web-chat/{path}");
        // What no longer is the page's after its dots are taken away is behind the key.
        Assert.Contains(answer.Status, (int[])[400, 401, 404]);
        Assert.DoesNotContain("import", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_SwitchedOff_IsNotThere()
    {
        await using var host = await GatewayHost.StartAsync(azurite, new(Deployed) { ["WebChat:Enabled"] = "false" });
        foreach (var path in (string[])["/web-chat", "/web-chat/", "/web-chat/app.js", "/web-chat/settings.json"]) Assert.Equal((path, 404), (path, (await host.GetAsync(path)).Status));
    }

    [Fact]
    public async Task Settings_WithoutAndWithEntraId_SayHowOneSignsIn()
    {
        await using (var host = await GatewayHost.StartAsync(azurite, Deployed)) Assert.Equal("{}", (await host.GetAsync("/web-chat/settings.json")).Body);

        await using var signing = await GatewayHost.StartAsync(
            azurite, new(Deployed) { ["Entra:TenantId"] = Tenant, ["Entra:Audience"] = "api://gateway, other", ["WebChat:ClientId"] = Client });
        Assert.Equal(
            $$$"""{"sign_in":{"authority":"https://login.microsoftonline.com/{{{Tenant}}}","client_id":"{{{Client}}}","scopes":["api://gateway/.default"]}}""",
            (await signing.GetAsync("/web-chat/settings.json")).Body);
    }

    [Theory]
    [InlineData("WebChat:Enabled", "yes", "true or false")]
    [InlineData("WebChat:ClientId", "page", "GUID")]
    [InlineData("WebChat:ClientId", Client, "Entra:TenantId")]
    public void Setting_ThatIsWrong_IsNamed(string name, string value, string expected)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new(name, value)]).Build();
        var failure = Assert.Throws<InvalidOperationException>(() => WebChatOptions.From(settings, EntraOptions.From(settings)));
        Assert.Contains($"'{name}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("(?:src|href)=\"([a-z][a-z.-]*\\.(?:js|css))\"")]
    private static partial Regex Named();

    [GeneratedRegex("from \"\\./([a-z][a-z.-]*\\.js)\"")]
    private static partial Regex Imported();
}
