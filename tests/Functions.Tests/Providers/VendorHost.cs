using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Providers;

/// <summary>A gateway with one route, <c>r</c>, whose provider is the fake one: what is asked of it, and what a vendor has been recorded to answer.</summary>
internal sealed class VendorHost(GatewayHost host) : IAsyncDisposable
{
    public GatewayHost Host => host;

    /// <param name="block">The provider's block; BASE in it stands for the fake's address.</param>
    public static async Task<VendorHost> StartAsync(AzuriteFixture azurite, string provider, string block, string type = "llm/v1/chat", string model = "m-1", Dictionary<string, string?>? settings = null)
    {
        var host = await GatewayHost.StartAsync(azurite, settings);
        var config = block.Replace("BASE", host.Provider.Address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal);
        var answer = await host.PostAsync(
            "/api/2.0/gateway/routes",
            $$$"""{"name":"r","route_type":"{{{type}}}","model":{"provider":"{{{provider}}}","name":"{{{model}}}","{{{provider.Replace('-', '_')}}}_config":{{{config}}}}}""");
        Assert.True(answer.Status is 200 or 201, answer.Body);
        return new VendorHost(host);
    }

    public void Answers(string path, string json, int status = 200) => host.Provider.On(path, http =>
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json);
    });

    /// <summary>Streams frames as they are, cut at any byte.</summary>
    public void Streams(string path, string frames) => host.Provider.On(path, async http =>
    {
        http.Response.ContentType = "text/event-stream";
        foreach (var part in Encoding.UTF8.GetBytes(frames).Chunk(7))
        {
            await http.Response.Body.WriteAsync(part);
            await http.Response.Body.FlushAsync();
        }
    });

    public Task<GatewayHost.Answer> ChatAsync(string rest = "", string messages = """[{"role":"user","content":"Hi"}]""") =>
        host.PostAsync("/v1/chat/completions", $$"""{"model":"r","messages":{{messages}}{{rest}}}""");

    /// <summary>The one request that reached the provider.</summary>
    public FakeProvider.Recorded Sent => Assert.Single(host.Provider.Requests);

    /// <summary>A stream's text, its tool calls' pieces, and what the last chunks say.</summary>
    public static (string Text, string Calls, string? Finish, string? Usage) Read(GatewayHost.Answer answer)
    {
        var (text, calls, finish, usage) = (new StringBuilder(), new StringBuilder(), (string?)null, (string?)null);
        Assert.EndsWith("data: [DONE]\n\n", answer.Body, StringComparison.Ordinal);
        foreach (var frame in answer.Body.Split("\n\n", StringSplitOptions.RemoveEmptyEntries)[..^1])
        {
            var chunk = JsonDocument.Parse(frame["data: ".Length..]).RootElement;
            if (chunk.TryGetProperty("usage", out var counts)) usage = counts.GetRawText();
            foreach (var choice in chunk.GetProperty("choices").EnumerateArray())
            {
                var delta = choice.GetProperty("delta");
                if (delta.TryGetProperty("content", out var content)) text.Append(content.GetString());
                if (delta.TryGetProperty("tool_calls", out var pieces)) calls.Append(pieces.GetRawText());
                finish = choice.GetProperty("finish_reason").GetString() ?? finish;
            }
        }

        return (text.ToString(), calls.ToString(), finish, usage);
    }

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
