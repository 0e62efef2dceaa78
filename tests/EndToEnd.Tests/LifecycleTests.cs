using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Serverless.EndToEnd.Tests;

/// <summary>Starting, stopping and being killed; each test has a stack of its own.</summary>
[Collection("lifecycle")]
public sealed class LifecycleTests
{
    [Fact]
    public async Task Stack_StoppedAndStartedAgain_KeepsItsStateAndLeavesNothingBehind()
    {
        await using var stack = new LocalStack();
        await stack.StartAsync("--no-samples");
        await CreateNotesAsync(stack);
        await stack.DropAsync("notes", "medlar.txt", "Medlars are eaten when they have gone soft.");
        var children = ProcessTree.Descendants(stack.ProcessId);
        Assert.Equal(0, await stack.StopAsync());
        Assert.All(children, pid => Assert.False(ProcessTree.IsAlive(pid), $"Process {pid} outlived the stack."));

        await stack.StartAsync("--no-samples");
        Assert.Equal("ready", (await stack.DocumentAsync("notes", "medlar.txt"))!.Value.GetProperty("state").GetString());
        var answer = await stack.AskAsync("notes", "When are medlars eaten?");
        Assert.Contains("gone soft", answer.GetProperty("answer").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stack_KilledDuringIngestion_CompletesItAfterTheNextStart()
    {
        await using var stack = new LocalStack();
        await stack.StartAsync("--no-samples");
        await CreateNotesAsync(stack);
        var container = stack.Documents();
        const int Documents = 12;

        // Killed at a different moment of the same work each time.
        for (var round = 0; round < 3; round++)
        {
            var uploads = Enumerable.Range(0, Documents).Select(i => container.GetBlobClient($"notes/{round}-{i}.md").UploadAsync(BinaryData.FromString(Note(round, i)), overwrite: true));
            await Task.WhenAll(uploads);
            await stack.WaitForDocumentAsync("notes", $"{round}-{round * 4}.md", "extracting", "chunking", "embedding", "indexing", "ready");
            await stack.KillAsync();
            await stack.StartAsync("--no-samples");
            container = stack.Documents();
            for (var i = 0; i < Documents; i++)
            {
                var status = await stack.WaitForDocumentAsync("notes", $"{round}-{i}.md", "ready", "failed");
                Assert.Equal("ready", status!.Value.GetProperty("state").GetString());
                Assert.Equal(3, status.Value.GetProperty("chunks").GetInt32());
            }
        }

        // Nothing lost, nothing twice: the index holds each section once.
        Assert.Equal(3 * Documents * 3, await stack.IndexedChunksAsync());
        var (_, found) = await stack.Http.SendAsync(HttpMethod.Post, "/collections/notes/search", new { query = "flower of plant1x7", top = 3 });
        Assert.Contains("plant1x7", found.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Each of two hosts, and then an app's own process, is killed while a hundred documents are on their way: leases move, nothing is lost.</summary>
    [Fact]
    public async Task TwoInstances_EachKilledDuringIngestion_MakeAllDocumentsReady()
    {
        await using var stack = new LocalStack();
        await stack.StartAsync("--no-samples", "--instances", "2");
        Assert.Equal(2, stack.Endpoints.GetProperty("instances").GetArrayLength());
        await CreateNotesAsync(stack);
        const int Documents = 100;
        const string Host = "Serverless.FunctionsHost.dll";
        var hosts = ProcessTree.Running(stack.ProcessId, Host);
        Assert.Equal(2, hosts.Count);
        var container = stack.Documents();
        await Task.WhenAll(Enumerable.Range(0, Documents).Select(i => container.GetBlobClient($"notes/many-{i}.md").UploadAsync(BinaryData.FromString(Note(9, i)), overwrite: true)));
        foreach (var (host, document) in hosts.Zip((string[])["many-10.md", "many-60.md"]))
        {
            await stack.WaitForDocumentAsync("notes", document, "extracting", "chunking", "embedding", "indexing", "ready");
            System.Diagnostics.Process.GetProcessById(host).Kill();
        }

        await stack.WaitForDocumentAsync("notes", "many-80.md", "extracting", "chunking", "embedding", "indexing", "ready");
        var app = ProcessTree.Running(stack.ProcessId, Host).SelectMany(ProcessTree.Children).First();
        System.Diagnostics.Process.GetProcessById(app).Kill();
        for (var i = 0; i < Documents; i++)
        {
            // What any of them was at work on is seen by the others within 20 s (docs/operations/killed-hosts.md).
            var status = await stack.WaitForDocumentAsync("notes", $"many-{i}.md", "ready", "failed");
            Assert.Equal("ready", status!.Value.GetProperty("state").GetString());
        }

        Assert.Equal(Documents * 3, await stack.IndexedChunksAsync());
    }

    [Fact]
    public async Task Stack_KilledAndItsOrphans_AreGone()
    {
        await using var stack = new LocalStack();
        await stack.StartAsync("--no-samples");
        var children = ProcessTree.Descendants(stack.ProcessId);
        Assert.NotEmpty(children);
        await stack.KillAsync();
        for (var i = 0; i < 600 && children.Any(ProcessTree.IsAlive); i++) await Task.Delay(100);
        Assert.DoesNotContain(children, pid => ProcessTree.IsAlive(pid));
    }

    [Fact]
    public async Task Start_PortTaken_SaysWhichAndExits()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var data = Directory.CreateTempSubdirectory("serverless-port-");
        var (exit, output) = await LocalStack.RunAsync("--port", port, "--data", data.FullName);
        data.Delete(recursive: true);
        Assert.NotEqual(0, exit);
        Assert.Contains(port, output, StringComparison.Ordinal);
        Assert.Contains("--port", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--prot", "1")]
    [InlineData("--port", "99999")]
    [InlineData("--data", "/proc/serverless")]
    public async Task Start_BadOption_SaysItInOneLineAndExits(string option, string value)
    {
        var (exit, output) = await LocalStack.RunAsync(option, value);
        Assert.NotEqual(0, exit);
        Assert.Single(output.Trim().Split('\n'));
        Assert.Contains(value.StartsWith('/') ? value : option, output, StringComparison.Ordinal);
    }

    /// <summary>Routes like the sample's, for a collection that starts empty.</summary>
    private static async Task CreateNotesAsync(LocalStack stack)
    {
        object Model(string name) => new { provider = "gpu-worker", name };
        object[] routes =
        [
            new { name = "demo-instructor", route_type = "llm/v1/embeddings", model = Model("demo-instructor") },
            new { name = "demo-llama", route_type = "llm/v1/completions", model = Model("demo-llama") },
            new { name = "notes", route_type = "rag/v1/answers", rag = new { embeddings_route = "demo-instructor", completions_route = "demo-llama", collection = "notes", max_context_tokens = 600 } },
        ];
        foreach (var route in routes)
        {
            var (status, body) = await stack.Http.SendAsync(HttpMethod.Post, "/api/2.0/gateway/routes", route);
            Assert.True((int)status is 200 or 201, body.ToString());
        }

        var (put, answer) = await stack.Http.SendAsync(HttpMethod.Put, "/collections/notes", new { embeddings_route = "demo-instructor" });
        Assert.True((int)put is 200 or 201, answer.ToString());
    }

    /// <summary>A document of three sections, so three chunks.</summary>
    private static string Note(int round, int i)
    {
        var text = new StringBuilder();
        foreach (var (heading, sentence) in new[]
        {
            ("Flower", $"The flower of plant{round}x{i} has the colour colour{round}{i}."),
            ("Soil", $"The soil of plant{round}x{i} is heavy and wet."),
            ("Season", $"The season of plant{round}x{i} begins in spring."),
        })
        {
            text.Append("# ").AppendLine(heading).AppendLine().AppendLine(sentence).AppendLine();
        }

        return text.ToString();
    }
}
