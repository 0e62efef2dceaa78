using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Serverless.GpuWorker.Hosting;

namespace Serverless.GpuWorker.Tests.Api;

public sealed class HostileRequestTests
{
    private static readonly object Fixed = new { messages = new[] { new { role = "user", content = "Why?" } }, seed = 1, temperature = 0 };

    [Fact]
    public async Task AnyEndpoint_MutatedRequests_AreAnsweredOrRefusedAndHarmNobody()
    {
        await using var worker = await WorkerUnderTest.StartAsync();
        var requests = new MutatedRequests(new Random(2026));
        var before = await AnswerAsync(worker);
        var (answered, refused) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var (path, body) = requests.Next();
            using var content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
            using var response = await worker.Client.PostAsync(path, content);
            var text = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.OK)
            {
                answered++;
            }
            else
            {
                refused++;
                Assert.True((int)response.StatusCode is >= 400 and < 500, $"{i}: {(int)response.StatusCode} for {path} {Encoding.UTF8.GetString(body)}");
                var error = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("error");
                Assert.False(string.IsNullOrEmpty(error.GetProperty("message").GetString()));
                // Only where there is no telling fields apart none is named.
                if (!error.TryGetProperty("param", out _))
                    Assert.True(error.GetProperty("code").GetString() is "malformed_json" or "invalid_utf8" or "invalid_unicode" or "invalid_type" or "duplicate_field", $"{i}: {text} for {Encoding.UTF8.GetString(body)}");
            }

            if (i % 250 == 0) Assert.Equal(before, await AnswerAsync(worker));
        }

        Assert.Equal(before, await AnswerAsync(worker));
        Assert.True(answered > 200 && refused > 1500, $"{answered} answered, {refused} refused");
        Assert.Equal(0, worker.Engine.Running);
    }

    [Fact]
    public async Task Chat_BodyOfTenMegabytes_Is413AndTheNextRequestWorks()
    {
        await using var worker = await WorkerUnderTest.StartAsync();
        using var content = new ByteArrayContent(new byte[10 << 20]) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = content };
        request.Headers.ExpectContinue = true;
        using var response = await worker.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await AnswerAsync(worker);
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_AreClosedAndThoseWithinAreServed()
    {
        await using var worker = await WorkerUnderTest.StartAsync(new WorkerOptions { MaxConnections = 20 });
        await AnswerAsync(worker);
        var endpoint = worker.Client.BaseAddress!;
        var idle = new List<TcpClient>();
        try
        {
            // One connection is the client's own, kept alive.
            for (var i = 0; i < 60; i++)
            {
                var connection = new TcpClient();
                await connection.ConnectAsync(endpoint.Host, endpoint.Port);
                idle.Add(connection);
            }

            // Which of them came first the server alone knows; nothing is ever sent to those within.
            var ends = idle.Select(EndAsync).ToArray();
            await WorkerUnderTest.UntilAsync(() => ends.Count(end => end.IsCompleted) >= 41, "the connections beyond the limit to be closed");
            Assert.Equal(41, ends.Count(end => end.IsCompleted));
            await AnswerAsync(worker);
        }
        finally
        {
            idle.ForEach(connection => connection.Dispose());
        }
    }

    private static async Task EndAsync(TcpClient connection)
    {
        try
        {
            Assert.Equal(0, await connection.GetStream().ReadAsync(new byte[1]));
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Reset is as good as closed.
        }
    }

    private static async Task<string> AnswerAsync(WorkerUnderTest worker) =>
        (await worker.PostJsonAsync("/v1/chat/completions", Fixed)).GetProperty("choices").GetRawText();
}
