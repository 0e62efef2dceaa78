using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Local.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Local.Hosting;

namespace Local.Tests.Hosting;

public sealed class HttpFunctionsTests : IAsyncLifetime
{
    private TestHost _host = null!;

    public async Task InitializeAsync() => _host = await TestHost.StartAsync(
        [typeof(HttpTestFunctions)],
        builder => builder.Services.AddSingleton<Gate>(),
        configure: options => options with { MaxRequestBodyBytes = 1000, HostJsonPath = Path.Combine(RepositoryRoot.Path, "host.json") });

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("text", 200, "text/plain", "hello")]
    [InlineData("poco", 200, "application/json", """{"name":"Ada","times":2}""")]
    [InlineData("action", 201, "application/json", """{"name":"Ada","times":2}""")]
    [InlineData("result", 202, "application/json", """{"name":"Ada","times":3}""")]
    [InlineData("nothing", 204, null, "")]
    [InlineData("own404", 404, null, "")]
    public async Task Get_EachKindOfResult_WritesIt(string path, int status, string? type, string body)
    {
        using var response = await _host.Http.GetAsync(path);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(body, await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("items", "list")]
    [InlineData("items/42", "int 42")]
    [InlineData("items/latest", "latest")]
    [InlineData("things/9f1b2c3d-0000-0000-0000-000000000001", "9f1b2c3d000000000000000000000001")]
    [InlineData("documents/gardening/a/b%20c.md", "gardening|a/b c.md")]
    [InlineData("documents/gardening/", "gardening|")]
    [InlineData("optional", "7")]
    [InlineData("optional/9", "9")]
    [InlineData("DEFAULTROUTE", "GET")]
    [InlineData("context", "Context|httpTrigger|True|True")]
    public async Task Get_Route_ReachesItsFunctionWithItsValues(string path, string body) => Assert.Equal(body, await _host.Http.GetStringAsync(path));

    [Fact]
    public async Task Get_UnknownPath_Is404InOurShape()
    {
        using var response = await _host.Http.GetAsync("items/no-number");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("not_found", (await ErrorAsync(response)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Delete_KnownPath_Is405WithAllow()
    {
        using var response = await _host.Http.DeleteAsync("items");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(["GET", "POST"], response.Content.Headers.Allow.Order());
        Assert.Equal("method_not_allowed", (await ErrorAsync(response)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Post_JsonBody_IsBound()
    {
        using var response = await _host.Http.PostAsync("items", Json("""{"name":"Grace","times":1}"""));

        Assert.Equal("""{"name":"Grace","times":1}""", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"name\": \"canary-7f3a\", ")]
    [InlineData("{\"times\": \"canary-7f3a\"}")]
    public async Task Post_MalformedBody_Is400ThatNamesTheBodyAndDoesNotQuoteIt(string body)
    {
        using var response = await _host.Http.PostAsync("items", Json(body));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = await ErrorAsync(response);
        Assert.Equal("body", error.GetProperty("param").GetString());
        Assert.DoesNotContain("canary", error.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_RouteValueOfTheWrongType_Is400ThatNamesIt()
    {
        using var response = await _host.Http.GetAsync("things/seven");

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("id", (await ErrorAsync(response)).GetProperty("param").GetString());
    }

    [Fact]
    public async Task Get_FunctionThrows_Is500WithoutDetails_AndTheNextRequestWorks()
    {
        using var response = await _host.Http.GetAsync("throws");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync();
        Assert.Contains("internal_error", text, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.Contains(_host.Logs.Lines, line => line.Contains("Throws", StringComparison.Ordinal) && line.Contains("InvalidOperationException", StringComparison.Ordinal));
        Assert.DoesNotContain(_host.Logs.Lines, line => line.Contains("canary", StringComparison.Ordinal));
        Assert.Equal("hello", await _host.Http.GetStringAsync("text"));
    }

    [Fact]
    public async Task Get_FunctionThrowsWithinItsAnswer_CutsTheAnswerOff() =>
        await Assert.ThrowsAsync<HttpRequestException>(() => _host.Http.GetStringAsync("throws-late"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_BodyBeyondTheLimit_Is413(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "size") { Content = new ByteArrayContent(new byte[1001]) };
        request.Headers.TransferEncodingChunked = chunked;
        using var response = await _host.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Equal("request_too_large", (await ErrorAsync(response)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Post_BodyAtTheLimit_IsRead()
    {
        using var response = await _host.Http.PostAsync("size", new ByteArrayContent(new byte[1000]));

        Assert.Equal("1000", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_StreamingFunction_SendsWhatIsFlushedAtOnce()
    {
        using var response = await _host.Http.GetAsync("stream", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(MediaTypeHeaderValue.Parse("text/event-stream"), response.Content.Headers.ContentType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());

        // The function goes on only after its first event was read here.
        Assert.Equal("data: one", await lines.ReadLineAsync());
        _host.Get<Gate>().Opened.SetResult();

        Assert.Equal("\ndata: two\n\n", await lines.ReadToEndAsync());
    }

    [Fact]
    public async Task Get_ClientGoesAway_CancelsTheFunctionAndLogsNoError()
    {
        using var client = new CancellationTokenSource();
        var request = _host.Http.GetAsync("hangs", client.Token);
        await _host.Get<Gate>().Opened.Task;

        await client.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await _host.Get<Gate>().Aborted.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.DoesNotContain(_host.Logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task StartAsync_PortInUse_ThrowsIOException() => await Assert.ThrowsAsync<IOException>(() => TestHost.StartAsync(
        [typeof(HttpTestFunctions)],
        builder => builder.Services.AddSingleton<Gate>(),
        configure: options => options with { Port = _host.Host.BaseAddress.Port }));

    [Fact]
    public async Task WebRoot_StaticFiles_AreServedWhereNoFunctionAnswers()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["index.html"], "<title>page</title>");
        await File.WriteAllTextAsync(folder["text"], "a file in the way");
        await using var host = await TestHost.StartAsync(
            [typeof(HttpTestFunctions)],
            builder => builder.Services.AddSingleton<Gate>(),
            configure: options => options with { WebRoot = folder.Path, HostJsonPath = Path.Combine(RepositoryRoot.Path, "host.json") });

        Assert.Equal("<title>page</title>", await host.Http.GetStringAsync("/"));
        Assert.Equal("hello", await host.Http.GetStringAsync("text"));
        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync("missing.css")).StatusCode);
    }

    [Fact]
    public async Task RoutePrefix_Absent_IsApiAsInAzure()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["host.json"], """{ "version": "2.0" }""");
        await using var host = await TestHost.StartAsync(
            [typeof(HttpTestFunctions)],
            builder => builder.Services.AddSingleton<Gate>(),
            configure: options => options with { HostJsonPath = folder["host.json"] });

        Assert.Equal("hello", await host.Http.GetStringAsync("api/text"));
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static async Task<JsonElement> ErrorAsync(HttpResponseMessage response) =>
        JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error");
}
