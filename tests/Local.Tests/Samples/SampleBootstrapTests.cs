using System.Text.Json.Nodes;
using Local.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.CommandLine;
using Serverless.Local.Loopback;
using Serverless.Local.Samples;

namespace Local.Tests.Samples;

public sealed class SampleBootstrapTests
{
    /// <summary>Putting a collection has all of its documents looked at again: a start must not cost that.</summary>
    [Theory]
    [InlineData(null, 1)]
    [InlineData("""{"collection":"garden","embeddings_route":"minilm","groups":[],"configured":true}""", 0)]
    [InlineData("""{"collection":"garden","embeddings_route":"minilm","groups":[],"configured":false}""", 1)]
    [InlineData("""{"collection":"garden","embeddings_route":"other","groups":[],"configured":true}""", 1)]
    public async Task Collection_IsPutOnlyWhereItDiffers(string? present, int puts)
    {
        using var samples = new TemporaryFolder();
        Directory.CreateDirectory(samples["garden"]);
        await File.WriteAllTextAsync(samples["garden/routes.json"], "[]");
        await File.WriteAllTextAsync(samples["garden/collection.json"], """{"embeddings_route":"minilm"}""");
        var put = new List<string>();
        await using var app = await LoopbackServer.StartAsync(0, null, NullLoggerFactory.Instance, _ => { }, app => app.Run(async context =>
        {
            if (context.Request.Method == "PUT")
            {
                put.Add(await new StreamReader(context.Request.Body).ReadToEndAsync());
                present = put[^1];
            }

            context.Response.StatusCode = present is null ? 404 : 200;
            await context.Response.WriteAsync(present ?? string.Empty);
        }), CancellationToken.None);
        var nowhere = new Uri("http://127.0.0.1:1/");
        var endpoints = new Endpoints(app.BaseAddress, nowhere, [], nowhere, nowhere, nowhere, nowhere, string.Empty, nowhere, string.Empty, nowhere, string.Empty, string.Empty);
        var output = new StringWriter();

        await new SampleBootstrap(endpoints, samples.Path, new SampleModels("demo-llama", "demo-instructor"), new Checklist(output, isTerminal: false), TimeProvider.System).RunAsync(CancellationToken.None);

        Assert.Equal(string.Empty, output.ToString());
        Assert.Equal(puts, put.Count);
        Assert.All(put, body => Assert.Equal("minilm", JsonNode.Parse(body)!["embeddings_route"]!.GetValue<string>()));
    }
}
