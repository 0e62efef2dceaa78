using System.Net;
using Local.Tests.Support;
using Serverless.Local.Loopback;
using Serverless.Local.Stack;
using Serverless.Local.Web;

namespace Local.Tests.Web;

public sealed class WebPartsTests
{
    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/app.js", "text/javascript")]
    [InlineData("/events.js", "text/javascript")]
    [InlineData("/signalr.min.js", "text/javascript")]
    [InlineData("/markdown-it.min.js", "text/javascript")]
    [InlineData("/samples/gardening/questions.json", "application/json")]
    public async Task Page_MayNotBeFramedByAnother(string path, string contentType)
    {
        await using var server = await StartAsync();
        using var browser = new HttpClient();

        using var answer = await browser.GetAsync(new Uri(server.BaseAddress, path));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(contentType, answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["frame-ancestors 'none'"], answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Equal(["DENY"], answer.Headers.GetValues("X-Frame-Options"));
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
    }

    [Theory]
    [InlineData("/samples/none/questions.json")]
    [InlineData("/samples/..%2F..%2Finfra/questions.json")]
    [InlineData("/../host.json")]
    public async Task Page_WhatIsNotItsOwn_IsNotFound(string path)
    {
        await using var server = await StartAsync();
        using var browser = new HttpClient();

        Assert.Equal(HttpStatusCode.NotFound, (await browser.GetAsync(new Uri(server.BaseAddress, path))).StatusCode);
    }

    private static Task<LoopbackServer> StartAsync() => LoopbackServer.StartAsync(
        0, null, null, _ => { }, app => WebParts.Map(app, new RepositoryLayout(RepositoryRoot.Path, string.Empty)), CancellationToken.None);
}
