using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Serverless.Local.Loopback;

namespace Local.Tests.Loopback;

public sealed class LoopbackTransportTests
{
    [Theory]
    [InlineData("https://a.search.windows.net/indexes('x')?api-version=1", "search a.search.windows.net /indexes('x')?api-version=1")]
    [InlineData("https://b.vault.azure.net/secrets/s", "vault b.vault.azure.net /secrets/s")]
    [InlineData("https://b.vault.azure.net//elsewhere.example/x", "vault b.vault.azure.net //elsewhere.example/x")]
    public async Task Send_AzureHost_GoesToItsEmulatorWithItsHost(string uri, string expected)
    {
        await using var search = await EchoAsync("search");
        await using var vault = await EchoAsync("vault");
        Assert.Equal(expected, await SendAsync(new LoopbackTransport(search.BaseAddress, vault.BaseAddress), new Uri(uri)));
    }

    [Fact]
    public async Task Send_AnotherHost_GoesThere()
    {
        await using var other = await EchoAsync("other");
        var nowhere = new Uri("http://127.0.0.1:1");
        Assert.Equal($"other {other.BaseAddress.Authority} /blob", await SendAsync(new LoopbackTransport(nowhere, nowhere), new Uri(other.BaseAddress, "/blob")));
    }

    [Fact]
    public void Construct_AddressElsewhere_IsRefused()
    {
        var refused = Assert.Throws<ArgumentException>(() => new LoopbackTransport(new Uri("http://example.com"), new Uri("http://127.0.0.1:1")));
        Assert.Contains("example.com", refused.Message, StringComparison.Ordinal);
    }

    private static Task<LoopbackServer> EchoAsync(string name) => LoopbackServer.StartAsync(
        0, null, null, static _ => { },
        app => app.Run(context => context.Response.WriteAsync($"{name} {context.Request.Host} {context.Request.Path}{context.Request.QueryString}")),
        CancellationToken.None);

    private static async Task<string> SendAsync(HttpPipelineTransport transport, Uri uri)
    {
        var pipeline = new HttpPipeline(transport);
        using var message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(uri);
        await pipeline.SendAsync(message, CancellationToken.None);
        using var reader = new StreamReader(message.Response.ContentStream!);
        return await reader.ReadToEndAsync();
    }
}
