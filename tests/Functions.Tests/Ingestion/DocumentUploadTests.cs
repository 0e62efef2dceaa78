using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Tests.Ingestion.Support;

namespace Serverless.Functions.Tests.Ingestion;

/// <summary>Forms of several files, and collections that come about by a first one.</summary>
[Collection(AzureCollection.Name)]
public sealed class DocumentUploadTests(AzureServices azure) : IAsyncLifetime
{
    private static readonly Caller Operator = new("operator", ["*"], IsOperator: true);
    private static readonly Caller Ann = new("ann", ["editors"], IsOperator: false);
    private static readonly Caller Bob = new("bob", ["editors"], IsOperator: false);

    private readonly IngestionHarness _app = new(azure, new() { ["Ingestion:MaxDocumentBytes"] = "1000", ["Ingestion:CollectionCreators"] = "staff, editors" });

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Post_FilesOfWhichSomeCannotBeTaken_FailsThoseAlone()
    {
        using var form = new MultipartFormDataContent
        {
            { File("First.", "text/plain"), "files", "a.txt" },
            { new StringContent("not a file"), "note" },
            { File(new string('x', 1001), "text/plain"), "files", "large.txt" },
            { File("Again.", "text/plain"), "files", "a.txt" },
            { File("Below.", "text/markdown"), "files", "notes/ä b.md" },
            { File("Out.", "text/plain"), "files", "../out.txt" },
            { File(new string('y', 1000), "text/plain"), "files", "full.txt" },
        };
        var (status, answer) = await PostAsync(Operator, form);
        Assert.Equal((202, 3, 3), (status, answer.GetProperty("accepted").GetInt32(), answer.GetProperty("failed").GetInt32()));
        Assert.Equal(
            [("a.txt", null), ("large.txt", "document_too_large"), ("a.txt", "duplicate_file"), ("notes/ä b.md", null), ("../out.txt", "invalid_path"), ("full.txt", (string?)null)],
            answer.GetProperty("documents").EnumerateArray().Select(item => (item.GetProperty("document").GetString()!, item.TryGetProperty("error", out var error) ? error.GetProperty("code").GetString() : null)));
        Assert.Equal("First.", (await _app.Documents.GetBlobClient($"{_app.Collection}/a.txt").DownloadContentAsync()).Value.Content.ToString());
        Assert.Equal("text/markdown", (await _app.Get<DocumentBlobs>().FindAsync(_app.Name("notes/ä b.md"), default))!.ContentType);
        Assert.Null(await _app.Get<DocumentBlobs>().FindAsync(_app.Name("large.txt"), default));
    }

    [Fact]
    public async Task Post_HundredsOfFiles_AreAllWritten()
    {
        using var form = new MultipartFormDataContent();
        for (var i = 0; i < 300; i++) form.Add(File($"Text {i}.", "text/plain"), "files", i == 150 ? "bad\\name.txt" : $"{i:D3}.txt");
        var (status, answer) = await PostAsync(Operator, form);
        Assert.Equal((202, 299, 1), (status, answer.GetProperty("accepted").GetInt32(), answer.GetProperty("failed").GetInt32()));
    }

    [Fact]
    public async Task Post_BodyThatBreaksOff_KeepsWhatCameBefore()
    {
        using var form = new MultipartFormDataContent("edge") { { File("First.", "text/plain"), "files", "a.txt" }, { File("Second.", "text/plain"), "files", "b.txt" } };
        var body = await form.ReadAsByteArrayAsync();
        var (status, answer) = await PostAsync(Operator, body[..(Encoding.UTF8.GetString(body).IndexOf("Second.", StringComparison.Ordinal) + 3)], form.Headers.ContentType!.ToString());
        Assert.Equal((202, 1, 1), (status, answer.GetProperty("accepted").GetInt32(), answer.GetProperty("failed").GetInt32()));
        Assert.Equal("malformed_body", answer.GetProperty("documents")[1].GetProperty("error").GetProperty("code").GetString());
        Assert.Null(await _app.Get<DocumentBlobs>().FindAsync(_app.Name("b.txt"), default));
    }

    [Theory]
    [InlineData("application/json", 415)]
    [InlineData("multipart/form-data", 400)]
    [InlineData("multipart/form-data; boundary=edge", 400)]
    [InlineData(null, 415)]
    public async Task Post_NoForm_SaysSo(string? contentType, int expected)
    {
        var refused = await Assert.ThrowsAsync<GatewayException>(() => PostAsync(Operator, "nonsense"u8.ToArray(), contentType));
        Assert.Equal(expected, refused.Status);
    }

    [Fact]
    public async Task FirstDrop_ByWhoMayCreate_MakesTheCollectionTheirs()
    {
        using var form = new MultipartFormDataContent { { File("First.", "text/plain"), "files", "a.txt" } };
        Assert.Equal(202, (await PostAsync(Ann, form)).Status);
        var settings = await _app.Get<CollectionStore>().FindConfiguredAsync(_app.Collection, default);
        Assert.Equal(("ann", _app.Route), (settings!.Owner, settings.EmbeddingsRoute));
        Assert.Equal(["editors"], settings.Groups);

        // Who may create is not who may write to what others have created.
        using var more = new MultipartFormDataContent { { File("Second.", "text/plain"), "files", "b.txt" } };
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => PostAsync(Bob, more))).Status);
        var functions = _app.Get<DocumentFunctions>();
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => functions.DeleteAsync(DocumentFunctionsTests.RequestTo(_app, Bob, "a.txt"), default))).Status);
        await functions.DeleteAsync(DocumentFunctionsTests.RequestTo(_app, Ann, "a.txt"), default);
        Assert.Null(await _app.Get<DocumentBlobs>().FindAsync(_app.Name("a.txt"), default));
    }

    [Fact]
    public async Task FirstDrop_IntoWhatIsThereWithoutSettings_TakesNothingOver()
    {
        await _app.IngestAsync("a.txt", "Somebody's.");
        using var form = new MultipartFormDataContent { { File("Mine.", "text/plain"), "files", "b.txt" } };
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => PostAsync(Ann, form))).Status);
    }

    [Theory]
    [InlineData("others")]
    [InlineData("")]
    public async Task FirstDrop_ByWhoMayNotCreate_IsForbidden(string group)
    {
        using var form = new MultipartFormDataContent { { File("First.", "text/plain"), "files", "a.txt" } };
        Assert.Equal(403, (await Assert.ThrowsAsync<GatewayException>(() => PostAsync(new Caller("eve", group.Length == 0 ? [] : [group], IsOperator: false), form))).Status);
    }

    private static ByteArrayContent File(string text, string type) => new(Encoding.UTF8.GetBytes(text)) { Headers = { ContentType = new MediaTypeHeaderValue(type) } };

    private async Task<(int Status, JsonElement Answer)> PostAsync(Caller caller, MultipartFormDataContent form) =>
        await PostAsync(caller, await form.ReadAsByteArrayAsync(), form.Headers.ContentType!.ToString());

    private async Task<(int Status, JsonElement Answer)> PostAsync(Caller caller, byte[] body, string? contentType)
    {
        HttpRequest request = DocumentFunctionsTests.RequestTo(_app, caller, null);
        request.Body = new MemoryStream(body);
        request.ContentType = contentType;
        var answer = await DocumentFunctionsTests.ExecuteAsync(request, await _app.Get<DocumentFunctions>().PostAsync(request, default));
        return (request.HttpContext.Response.StatusCode, JsonDocument.Parse(answer).RootElement);
    }

    /// <summary>As clients write quotation marks in a name, and letters beyond ASCII.</summary>
    [Theory]
    [InlineData("filename=\"a\\\"b.md\"", "a\"b.md")]
    [InlineData("filename=\"na_ve.md\"; filename*=UTF-8''na%C3%AFve%20plan.md", "naïve plan.md")]
    [InlineData("filename=\"%41.md\"", "%41.md")]
    public async Task Post_NamesHoweverTheyAreQuoted_AreTheirFiles(string name, string document)
    {
        var bytes = Encoding.UTF8.GetBytes($"--b\r\nContent-Disposition: form-data; name=\"files\"; {name}\r\nContent-Type: text/markdown\r\n\r\nFerns.\r\n--b--\r\n");
        var (status, answer) = await PostAsync(Operator, bytes, "multipart/form-data; boundary=b");
        Assert.Equal((202, document), (status, answer.GetProperty("documents")[0].GetProperty("document").GetString()));
    }
}
