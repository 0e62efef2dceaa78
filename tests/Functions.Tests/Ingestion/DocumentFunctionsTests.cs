using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Collections and documents as HTTP callers see them.</summary>
[Collection(AzureCollection.Name)]
public sealed class DocumentFunctionsTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Operator = new("operator", ["*"], IsOperator: true);
    private static readonly Caller Reader = new("reader", ["staff"], IsOperator: false);

    private readonly IngestionHarness _app = new(azure);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Get_ReadyDocument_ShowsStateAndText()
    {
        const string Path = "it's 100% #1?/ü.txt";
        await _app.IngestAsync(Path, "Shown as it is.");
        var state = await AnswerAsync(request => _app.Get<DocumentFunctions>().GetAsync(request, default), Reader, Path);
        Assert.Equal(
            (Path, "ready", 100, 1, 15),
            (state.GetProperty("document").GetString(), state.GetProperty("state").GetString(), state.GetProperty("percent").GetInt32(), state.GetProperty("chunks").GetInt32(), state.GetProperty("size").GetInt32()));
        Assert.Equal("Shown as it is.", await TextAsync(request => _app.Get<DocumentFunctions>().GetAsync(request, default), Reader, Path, "?content=text"));
    }

    [Fact]
    public async Task Get_BlobWhoseEventHasNotCome_IsQueued()
    {
        await _app.PutBlobAsync("a.txt", "Waiting.");
        var state = await AnswerAsync(request => _app.Get<DocumentFunctions>().GetAsync(request, default), Operator, "a.txt");
        Assert.Equal("queued", state.GetProperty("state").GetString());
    }

    /// <summary>Who asks until it is ready would else be told so of what stood there before.</summary>
    [Fact]
    public async Task Get_BlobReplacedWhoseEventHasNotCome_IsQueuedAgain()
    {
        await _app.IngestAsync("a.txt", "Before.");
        await _app.PutBlobAsync("a.txt", "After, and longer.");
        var state = await AnswerAsync(request => _app.Get<DocumentFunctions>().GetAsync(request, default), Operator, "a.txt");
        Assert.Equal(("queued", 0, 18), (state.GetProperty("state").GetString(), state.GetProperty("percent").GetInt32(), state.GetProperty("size").GetInt32()));
        await _app.IngestAsync("a.txt", "After, and longer.");
        Assert.Equal("ready", (await AnswerAsync(request => _app.Get<DocumentFunctions>().GetAsync(request, default), Operator, "a.txt")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task List_ManyDocuments_ComesInPages()
    {
        foreach (var name in (string[])["b.txt", "a.txt", "c.txt"]) await _app.IngestAsync(name, $"Text of {name}");
        var first = await AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default), Operator, null, "?top=2");
        Assert.Equal(["a.txt", "b.txt"], Names(first));
        var token = Uri.EscapeDataString(first.GetProperty("next_page_token").GetString()!);
        var second = await AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default), Operator, null, "?top=2&page_token=" + token);
        Assert.Equal(["c.txt"], Names(second));
        Assert.False(second.TryGetProperty("next_page_token", out _));
    }

    /// <summary>A storage's token may be the next name itself (Azurite's is): whatever characters names have, each page leads to the next.</summary>
    [Fact]
    public async Task List_NamesOfAnyCharacters_ComesInPages()
    {
        string[] names = ["a#?%.txt", "a\u0301.txt", "\u00e1.txt", "\u65e5\u672c/\u8a9e.txt", "\U0001F680.txt", "~tilde.txt", "it's \u201cit\u201d.txt", "\u202e.txt"];
        foreach (var name in names) await _app.IngestAsync(name, "Text.");
        var seen = new List<string>();
        string? token = "";
        while (token is not null)
        {
            var page = await AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default), Operator, null, "?top=1&page_token=" + Uri.EscapeDataString(token));
            seen.AddRange(Names(page).Select(name => name!));
            token = page.TryGetProperty("next_page_token", out var next) ? next.GetString() : null;
            Assert.True(token is null || token.All(char.IsAscii), token);
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("~")]
    [InlineData("~a")]
    [InlineData("~!!!!")]
    [InlineData("~_w")]
    [InlineData("~AAA")]
    [InlineData("\u00e1")]
    public async Task List_TokenThatItNeverGave_Is400(string token)
    {
        var refused = await Assert.ThrowsAsync<GatewayException>(() => AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default), Operator, null, "?page_token=" + Uri.EscapeDataString(token)));
        Assert.Equal((400, "page_token"), (refused.Status, refused.Error.Param));
    }

    [Fact]
    public async Task List_ByState_ShowsThoseAlone()
    {
        await _app.IngestAsync("good.txt", "Good.");
        await FailAsync("bad.txt");
        await FailAsync("worse.txt");
        var failed = await AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default), Operator, null, "?state=failed&top=1");
        Assert.Equal(["bad.txt"], Names(failed));
        Assert.NotNull(failed.GetProperty("documents")[0].GetProperty("error").GetString());
        var next = Uri.EscapeDataString(failed.GetProperty("next_page_token").GetString()!);
        Assert.Equal(["worse.txt"], Names(await AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default), Operator, null, $"?state=failed&top=2&page_token={next}")));
        Assert.Empty(Names(await AnswerAsync(request => _app.Get<DocumentFunctions>().ListAsync(request, default), Operator, null, "?state=embedding")));
    }

    [Theory]
    [InlineData("?state=Failed", "state")]
    [InlineData("?state=6", "state")]
    [InlineData("?state=failed&path=a.txt", "state")]
    public async Task Reprocess_StateThatIsNone_IsNamed(string query, string field)
    {
        await _app.IngestAsync("a.txt", "A.");
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _app.Get<DocumentFunctions>().ReprocessAsync(Request(Operator, null, query), default));
        Assert.Equal((400, field), (refused.Status, refused.Error.Param));
    }

    /// <summary>Documents whose events went to the poison queue fail with a reason; one request drives all of them again, and only them.</summary>
    [Fact]
    public async Task Reprocess_Failed_DrivesPoisonAgainAndLeavesTheRest()
    {
        await _app.IngestAsync("good.txt", "Good.");
        foreach (var path in (string[])["p1.txt", "p2.txt"])
            await _app.Get<DocumentEventFunctions>().ReceivePoisonAsync(await _app.PutBlobAsync(path, $"Text of {path}"), _app.Client, default);
        Assert.Equal(DocumentState.Failed, (await _app.StatusAsync("p1.txt"))!.State);
        var embedded = _app.Gateway.Embedded.Count;

        var request = Request(Operator, null, "?state=failed");
        Assert.Equal(202, Assert.IsType<StatusCodeResult>(await _app.Get<DocumentFunctions>().ReprocessAsync(request, default)).StatusCode);
        await _app.DeliverQueuedAsync();
        Assert.Equal((DocumentState.Ready, DocumentState.Ready), ((await _app.StatusAsync("p1.txt"))!.State, (await _app.StatusAsync("p2.txt"))!.State));
        Assert.Equal(embedded + 2, _app.Gateway.Embedded.Count);
    }

    [Fact]
    public async Task Put_ThenDelete_TouchesOnlyTheBlob()
    {
        var put = Request(Operator, "a.txt");
        put.Body = new MemoryStream("Over HTTP."u8.ToArray());
        put.ContentType = "text/plain";
        await ExecuteAsync(put, await _app.Get<DocumentFunctions>().PutAsync(put, default));
        Assert.Equal(202, put.HttpContext.Response.StatusCode);
        Assert.Equal("text/plain", (await _app.Get<DocumentBlobs>().FindAsync(_app.Name("a.txt"), default))!.ContentType);
        await _app.Get<DocumentFunctions>().DeleteAsync(Request(Operator, "a.txt"), default);
        Assert.Null(await _app.Get<DocumentBlobs>().FindAsync(_app.Name("a.txt"), default));
    }

    /// <summary>Two who write the same document do not overwrite one another unseen (RFC 9110, section 13).</summary>
    [Fact]
    public async Task Writes_WhosePreconditionDoesNotHold_ChangeNothing()
    {
        Assert.Equal((202, null), await PutAsync("If-None-Match", "*"));
        var first = (await _app.Get<DocumentBlobs>().FindAsync(_app.Name("a.txt"), default))!.ETag.ToString();
        Assert.Equal((412, "if-none-match"), await PutAsync("If-None-Match", "*"));
        Assert.Equal((202, null), await PutAsync("If-Match", first));
        Assert.Equal((412, "if-match"), await PutAsync("If-Match", first));
        Assert.Equal((400, "if-match"), await PutAsync("If-Match", "\"a\", \"b\""));
        var delete = Request(Operator, "a.txt");
        delete.Headers.IfMatch = first;
        Assert.Equal(412, (await Assert.ThrowsAsync<GatewayException>(() => _app.Get<DocumentFunctions>().DeleteAsync(delete, default))).Status);
        var get = Request(Operator, "a.txt");
        await ExecuteAsync(get, await _app.Get<DocumentFunctions>().GetAsync(get, default));
        delete.Headers.IfMatch = get.HttpContext.Response.Headers.ETag;
        await _app.Get<DocumentFunctions>().DeleteAsync(delete, default);
        Assert.Null(await _app.Get<DocumentBlobs>().FindAsync(_app.Name("a.txt"), default));

        async Task<(int Status, string? Param)> PutAsync(string header, string value)
        {
            var put = Request(Operator, "a.txt");
            put.Body = new MemoryStream("Over HTTP."u8.ToArray());
            put.Headers[header] = value;
            try
            {
                await ExecuteAsync(put, await _app.Get<DocumentFunctions>().PutAsync(put, default));
                return (put.HttpContext.Response.StatusCode, null);
            }
            catch (GatewayException refused)
            {
                return (refused.Status, refused.Error.Param);
            }
        }
    }

    [Theory]
    [InlineData("text/plain\u0001")]
    [InlineData("text/pläin")]
    public async Task Put_ContentTypeThatIsNoHeader_NamesIt(string type)
    {
        var put = Request(Operator, "a.txt");
        put.ContentType = type;
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _app.Get<DocumentFunctions>().PutAsync(put, default));
        Assert.Equal((400, "content-type"), (refused.Status, refused.Error.Param));
    }

    [Theory]
    [InlineData("a/../b.txt")]
    [InlineData("back\\slash.txt")]
    [InlineData("bell\u0007.txt")]
    [InlineData("/leading.txt")]
    [InlineData("slash%2For.txt")]
    [InlineData("slash%2for.txt")]
    [InlineData("")]
    public async Task Put_PathThatCannotBeStored_NamesThePath(string path)
    {
        var refused = await Assert.ThrowsAsync<GatewayException>(() => _app.Get<DocumentFunctions>().PutAsync(Request(Operator, path), default));
        Assert.Equal((400, "path"), (refused.Status, refused.Error.Param));
    }

    [Fact]
    public async Task Put_EncodedPercentSign_IsTheNamesOwn()
    {
        var put = Request(Operator, "a.txt");
        put.HttpContext.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget = $"/collections/{_app.Collection}/documents/a%252Fb%2525.txt";
        await _app.Get<DocumentFunctions>().PutAsync(put, default);
        Assert.True(await _app.Documents.GetBlobClient($"{_app.Collection}/a%2Fb%25.txt").ExistsAsync());
    }

    [Fact]
    public async Task Write_ByWhoIsNoOperator_IsForbidden()
    {
        var functions = _app.Get<DocumentFunctions>();
        foreach (var write in (Func<Task>[])
        [
            () => functions.PutAsync(Request(Reader, "a.txt"), default),
            () => functions.DeleteAsync(Request(Reader, "a.txt"), default),
            () => functions.ReprocessAsync(Request(Reader, null), default),
            () => _app.Get<CollectionFunctions>().PutAsync(Request(Reader, null), default),
        ])
        {
            Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(write)).Status);
        }
    }

    [Fact]
    public async Task Read_CollectionOfOtherGroups_IsNotFound()
    {
        await _app.Get<CollectionStore>().SaveAsync(_app.Collection, new() { EmbeddingsRoute = _app.Route, Groups = ["board"] }, default);
        await _app.IngestAsync("a.txt", "For the board.");
        Assert.Equal(404, (await Assert.ThrowsAsync<GatewayException>(() => _app.Get<DocumentFunctions>().GetAsync(Request(Reader, "a.txt", "?content=text"), default))).Status);
        Assert.Equal(404, (await Assert.ThrowsAsync<GatewayException>(() => _app.Get<DocumentFunctions>().ListAsync(Request(Reader, null), default))).Status);
    }

    [Theory]
    [InlineData("""{"chunk_tokens": 99}""", "embeddings_route")]
    [InlineData("""{"embeddings_route": "e", "chunk_tokens": 5}""", "chunk_tokens")]
    [InlineData("""{"embeddings_route": "e", "chunk_tokens": 100, "chunk_overlap": 51}""", "chunk_overlap")]
    [InlineData("""{"embeddings_route": "e", "chunk_strategy": "magic"}""", "chunk_strategy")]
    [InlineData("""{"embeddings_route": "e", "groups": ["a\u0007b"]}""", "groups")]
    [InlineData("""{"embeddings_route": "e", "chunks": 1}""", "chunks")]
    public async Task PutCollection_WrongField_IsNamed(string body, string field)
    {
        var request = Request(Operator, null);
        request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        Assert.Equal(field, (await Assert.ThrowsAsync<GatewayException>(() => _app.Get<CollectionFunctions>().PutAsync(request, default))).Error.Param);
    }

    [Fact]
    public async Task PutCollection_Settings_AreShown()
    {
        var request = Request(Operator, null);
        request.Body = new MemoryStream("""{"embeddings_route": "e5", "groups": ["staff"], "chunk_tokens": 100}"""u8.ToArray());
        await ExecuteAsync(request, await _app.Get<CollectionFunctions>().PutAsync(request, default));
        Assert.Equal(201, request.HttpContext.Response.StatusCode);
        var shown = await AnswerAsync(get => _app.Get<CollectionFunctions>().GetAsync(get, default), Reader, null);
        Assert.Equal(("e5", 100, true), (shown.GetProperty("embeddings_route").GetString(), shown.GetProperty("chunk_tokens").GetInt32(), shown.GetProperty("configured").GetBoolean()));
    }

    private async Task FailAsync(string path)
    {
        await _app.SendAsync(await _app.PutBlobAsync(path, new BinaryData(new byte[] { 0x41, 0x00, 0xFF })));
        await _app.Durable.RunAsync();
    }

    private static IEnumerable<string?> Names(JsonElement page) => page.GetProperty("documents").EnumerateArray().Select(item => item.GetProperty("document").GetString());

    internal static HttpRequest RequestTo(IngestionHarness app, Caller caller, string? path, string query = "")
    {
        var http = new DefaultHttpContext();
        http.Items[typeof(Caller)] = caller;
        http.Response.Body = new MemoryStream();
        http.Request.RouteValues["collection"] = app.Collection;
        http.Request.Path = $"/collections/{app.Collection}" + (path is null ? "/documents" : $"/documents/{path}");
        http.Request.QueryString = new QueryString(query);
        return http.Request;
    }

    internal static async Task<string> ExecuteAsync(HttpRequest request, IActionResult result)
    {
        await result.ExecuteResultAsync(new ActionContext(request.HttpContext, new RouteData(), new ActionDescriptor()));
        return Encoding.UTF8.GetString(((MemoryStream)request.HttpContext.Response.Body).ToArray());
    }

    private HttpRequest Request(Caller caller, string? path, string query = "") => RequestTo(_app, caller, path, query);

    private async Task<JsonElement> AnswerAsync(Func<HttpRequest, Task<IActionResult>> call, Caller caller, string? path, string query = "") =>
        JsonDocument.Parse(await TextAsync(call, caller, path, query)).RootElement;

    private async Task<string> TextAsync(Func<HttpRequest, Task<IActionResult>> call, Caller caller, string? path, string query)
    {
        var request = Request(caller, path, query);
        return await ExecuteAsync(request, await call(request));
    }
}
