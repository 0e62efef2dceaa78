using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Local.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Contracts.SignalR;
using Serverless.Local.CommandLine;
using Serverless.Local.Processes;
using Serverless.Local.SignalR;
using Serverless.Local.Stack;

namespace Local.Tests.SignalR;

/// <summary>Answers that the GPU worker itself pushes: a real worker process, the emulator, and SignalR's own client.</summary>
public sealed class WorkerStreamTests : IAsyncLifetime
{
    private const string Hub = "chat";
    private const string Question = "Context:\nRoses like sun in the morning.\n\nTomatoes need support when they grow tall.\n\nQuestion: What do tomatoes need when they grow tall?";

    private static readonly object[] Messages = [new { role = "user", content = Question }];

    private readonly TemporaryFolder _data = new();
    private readonly HttpClient _signalRHttp = new();
    private readonly SignalREmulator _emulator = new(new SignalREmulatorOptions { AccessKey = new string('k', 44) });
    private SupervisedProcess _process = null!;
    private HttpClient _worker = null!;

    public async Task InitializeAsync()
    {
        await _emulator.StartAsync(CancellationToken.None);
        var output = Path.GetRelativePath(Path.Combine(RepositoryRoot.Path, "tests", "Local.Tests"), AppContext.BaseDirectory);
        var layout = RepositoryLayout.Find(Path.Combine(RepositoryRoot.Path, "local", output));
        var child = new WorkerChild(layout.WorkerAssembly, LoopbackPort.Claim(0, "--worker-port", "GPU worker"), _data["models"]);
        await child.CreateCheckpointsAsync(CancellationToken.None);
        var spec = child.Spec(TimeProvider.System) with { Environment = new Dictionary<string, string?> { ["Worker__SignalR"] = _emulator.ConnectionString } };
        _process = await SupervisedProcess.StartAsync(spec, TimeProvider.System, NullLogger.Instance, CancellationToken.None);
        _worker = new HttpClient { BaseAddress = child.Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public async Task DisposeAsync()
    {
        _worker.Dispose();
        _signalRHttp.Dispose();
        await _process.DisposeAsync();
        await _emulator.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task StreamTo_User_ReceivesTheAnswerInOrderAndOneDone()
    {
        var plain = await PostAsync(new { messages = Messages, max_tokens = 64 }, HttpStatusCode.OK);
        await using var client = await ConnectAsync("u");
        await using var other = await ConnectAsync("other");

        var started = await PostAsync(new { messages = Messages, max_tokens = 64, stream_to = new { hub = Hub, user = "u", stream_id = "first" } }, HttpStatusCode.Accepted);

        Assert.Equal("first", started["streamId"]!.GetValue<string>());
        var (text, last) = await ReadAsync(client, "first");
        Assert.Equal("done", last["target"]!.GetValue<string>());
        Assert.Equal(plain["choices"]![0]!["message"]!["content"]!.GetValue<string>(), text);
        Assert.Equal("stop", last["arguments"]![0]!["finishReason"]!.GetValue<string>());
        Assert.True(JsonNode.DeepEquals(plain["usage"], last["arguments"]![0]!["usage"]), last.ToJsonString());

        // A second stream begins at 0 again, and what comes next is its first message: nothing came after the first one's done, nor to anybody else.
        await PostAsync(new { messages = Messages, max_tokens = 64, stream_to = new { hub = Hub, user = "u", stream_id = "second" } }, HttpStatusCode.Accepted);
        Assert.Equal(text, (await ReadAsync(client, "second")).Text);
        await PostAsync(new { messages = Messages, max_tokens = 64, stream_to = new { hub = Hub, user = "other", stream_id = "third" } }, HttpStatusCode.Accepted);
        Assert.Equal(text, (await ReadAsync(other, "third")).Text);
    }

    [Fact]
    public async Task Delete_RunningStream_EndsItWithOneError()
    {
        await using var client = await ConnectAsync("u");
        await PostAsync(new { messages = Messages, min_tokens = 3000, max_tokens = 3000, stream_to = new { hub = Hub, user = "u", stream_id = "long" } }, HttpStatusCode.Accepted);
        var first = await client.ReadAsync();
        Assert.Equal(("token", 0), (first["target"]!.GetValue<string>(), first["arguments"]![0]!["seq"]!.GetValue<int>()));

        using (var stopped = await _worker.DeleteAsync("/streams/long"))
            Assert.Equal(HttpStatusCode.Accepted, stopped.StatusCode);

        var (_, last) = await ReadAsync(client, "long", from: 1);
        Assert.Equal("error", last["target"]!.GetValue<string>());
        Assert.Equal("stream_stopped", last["arguments"]![0]!["error"]!["code"]!.GetValue<string>());
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await _worker.DeleteAsync("/streams/long");
                return again.StatusCode == HttpStatusCode.NotFound;
            },
            "the stream is gone");
    }

    /// <summary>Reads to the message that ends the stream, and holds each to its number.</summary>
    private static async Task<(string Text, JsonNode Last)> ReadAsync(NodeClient client, string streamId, int from = 0)
    {
        var text = new StringBuilder();
        for (var seq = from; ; seq++)
        {
            var message = await client.ReadAsync();
            var content = message["arguments"]![0]!;
            Assert.Equal((streamId, seq), (content["streamId"]!.GetValue<string>(), content["seq"]!.GetValue<int>()));
            if (message["target"]!.GetValue<string>() != "token") return (text.ToString(), message);
            text.Append(content["text"]!.GetValue<string>());
        }
    }

    private async Task<NodeClient> ConnectAsync(string user)
    {
        var service = new SignalRServiceClient(_signalRHttp, SignalRConnectionString.Parse(_emulator.ConnectionString, "test"), TimeProvider.System);
        return await NodeClient.ConnectAsync(await service.CreateClientAccessAsync(Hub, user, TimeSpan.FromMinutes(5), CancellationToken.None));
    }

    private async Task<JsonNode> PostAsync(object body, HttpStatusCode status)
    {
        using var response = await _worker.PostAsJsonAsync("/v1/chat/completions", body);
        var json = (await response.Content.ReadFromJsonAsync<JsonNode>())!;
        Assert.True(response.StatusCode == status, json.ToJsonString());
        return json;
    }
}
