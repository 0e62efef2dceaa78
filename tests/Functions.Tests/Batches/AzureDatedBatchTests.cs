using System.Text;
using System.Text.Json;
using Serverless.Functions.Tests.Hosting;

namespace Serverless.Functions.Tests.Batches;

/// <summary>Files and batches at the dated paths of Azure OpenAI.</summary>
[Collection("gateway")]
public sealed class AzureDatedBatchTests(AzuriteFixture azurite) : IAsyncLifetime
{
    private const string Version = "?api-version=2024-10-21";

    private BatchApp _app = null!;

    public async Task InitializeAsync() => _app = await BatchApp.StartAsync(azurite);

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task FilesAndBatches_AreTheSameWithAzuresStatuses()
    {
        var line = JsonSerializer.Serialize(new { custom_id = "a", method = "POST", url = "/chat/completions", body = new { model = "chat", messages = new[] { new { role = "user", content = "say a" } } } });
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new ByteArrayContent(Encoding.UTF8.GetBytes(line)), "file", "questions.jsonl" } };
        using var uploaded = await _app.Host.Http.PostAsync(new Uri("/openai/files" + Version, UriKind.Relative), form);
        Assert.Equal(201, (int)uploaded.StatusCode);
        var input = JsonDocument.Parse(await uploaded.Content.ReadAsStringAsync()).RootElement.GetProperty("id").GetString();
        var body = new { input_file_id = input, endpoint = "/chat/completions", completion_window = "24h" };
        var made = await _app.Host.PostAsync("/openai/batches" + Version, body);
        Assert.Equal((201, "validating"), (made.Status, made.Json.GetProperty("status").GetString()));
        await _app.Durable.RunAsync();

        var id = made.Json.GetProperty("id").GetString();
        var batch = await _app.GetAsync(id!);
        Assert.Equal("a", BatchTests.TextOf(Assert.Single(await _app.ReadAsync(batch, "output_file_id"))));
        var output = batch.GetProperty("output_file_id").GetString();
        foreach (var path in (string[])[$"batches/{id}", "batches", $"files/{output}", $"files/{output}/content", "files"])
        {
            var (one, other) = (await _app.Host.GetAsync($"/v1/{path}"), await _app.Host.GetAsync($"/openai/{path}{Version}"));
            Assert.Equal((200, one.Body), (other.Status, other.Body));
        }

        Assert.Equal(201, (await _app.Host.PostAsync($"/openai/deployments/chat/batches{Version}", body)).Status);
        var elsewhere = await _app.Host.PostAsync($"/openai/deployments/nowhere/batches{Version}", body);
        Assert.Equal((404, "deployment"), (elsewhere.Status, elsewhere.Param));
        var again = (await _app.Host.PostAsync("/openai/batches" + Version, body)).Json.GetProperty("id").GetString();
        var cancelled = await _app.Host.SendAsync(HttpMethod.Post, $"/openai/batches/{again}/cancel{Version}");
        Assert.Equal((200, "cancelling"), (cancelled.Status, cancelled.Json.GetProperty("status").GetString()));
        var deleted = await _app.Host.SendAsync(HttpMethod.Delete, $"/openai/files/{output}{Version}");
        Assert.True(deleted.Json.GetProperty("deleted").GetBoolean());
        Assert.Equal((404, "file_not_found"), ((await _app.Host.GetAsync($"/openai/files/{output}{Version}")).Status, (await _app.Host.GetAsync($"/v1/files/{output}")).Code));
    }

    [Fact]
    public async Task Files_InEitherOrder_ArePaged()
    {
        var ids = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await _app.UploadAsync("{}")).Json.GetProperty("id").GetString()!);
            _app.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(ids, await ListAsync("order=asc"));
        Assert.Equal(ids[..2], await ListAsync("order=asc&limit=2"));
        Assert.Equal(ids[2..], await ListAsync($"order=asc&limit=2&after={ids[1]}"));
        Assert.Equal(Enumerable.Reverse(ids), await ListAsync("order=desc"));
        Assert.Equal("order", (await _app.Host.GetAsync("/v1/files?order=size")).Param);

        async Task<IEnumerable<string?>> ListAsync(string query) =>
            (await _app.Host.GetAsync($"/v1/files?{query}")).Json.GetProperty("data").EnumerateArray().Select(file => file.GetProperty("id").GetString());
    }
}
