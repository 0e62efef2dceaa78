using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Events;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Filters;

namespace Serverless.Functions.Ingestion;

/// <summary>
/// Documents over HTTP. Uploading and deleting only touch the blob: the event that follows does the rest, as for any other storage client.
/// </summary>
public sealed class DocumentFunctions(
    CollectionStore collections, StatusStore statuses, DocumentBlobs blobs, AccessResolver access, DocumentUploads uploads, DocumentEventQueue queue,
    IOptions<IngestionOptions> options)
{
    private const int MaxPage = 1000;

    // Of a listing by state, that one answer goes through before it says where to go on.
    private const int MostPages = 20;
    private const int MaxContentType = 256;
    private const string Route = "collections/{collection}/documents/{*path:minlength(1)}";

    [Function("DocumentList")]
    public async Task<IActionResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/documents")] HttpRequest request, CancellationToken cancellationToken)
    {
        var collection = request.Placeholder("collection");
        var top = request.Query["top"].ToString();
        var size = 200;
        if (top.Length > 0 && (!int.TryParse(top, NumberStyles.None, CultureInfo.InvariantCulture, out size) || size is < 1 or > MaxPage))
            throw GatewayException.Invalid("top", $"'top' must be an integer from 1 to {MaxPage}.");
        var token = request.ContinuationToken();
        await collections.RequireReadableAsync(collection, request.Caller(), cancellationToken);
        var (documents, next) = await ListAsync(collection, size, token, StateOf(request), request.Caller(), cancellationToken);
        return new JsonAnswer(new DocumentPage([.. documents.Select(item => DocumentView.Of(new DocumentName(collection, item.Path), item.Status))], HttpRequestExtensions.PageToken(next)));
    }

    /// <summary>The document's state or, with <c>?content=text</c>, the extracted text that citations' offsets point into.</summary>
    [Function("DocumentGet")]
    public async Task<IActionResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, CancellationToken cancellationToken)
    {
        var document = request.Document();
        var content = request.Query["content"].ToString();
        if (content is not "" and not "text") throw GatewayException.Invalid("content", "'content' may be 'text', or absent for the document's state.");
        await collections.RequireReadableAsync(document.Collection, request.Caller(), cancellationToken);
        if (AccessSidecar.TargetOf(document) is not null || !await access.PermitsAsync(document, request.Caller(), cancellationToken)) throw NotFound();
        if (content == "text")
        {
            return await blobs.FindTextAsync(document, cancellationToken) is { } text
                ? new TextAnswer(text)
                : throw GatewayException.NotFound("text_not_found", "There is no text of this document: it is not ready, or there is no such document.", "path");
        }

        var status = await FindAsync(document, cancellationToken) ?? throw NotFound();
        return new JsonAnswer(DocumentView.Of(document, status)) { ETag = Tag(status.SourceETag) };
    }

    [Function("DocumentPut")]
    public async Task<IActionResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Route)] HttpRequest request, CancellationToken cancellationToken)
    {
        var document = request.Document();
        CollectionFunctions.RequireName(document.Collection);
        await collections.RequireWriterOrCreateAsync(document.Collection, request.Caller(), cancellationToken);
        if (request.ContentType is { } type && (type.Length > MaxContentType || type.AsSpan().ContainsAnyExceptInRange(' ', '~')))
            throw GatewayException.Invalid("content-type", $"The header 'Content-Type' may have at most {MaxContentType} printable ASCII characters.");
        var condition = request.Precondition();
        RequestBody.RefuseCompressed(request);
        var most = options.Value.MaxDocumentBytes;
        if (request.ContentLength > most) throw TooLarge(most);
        using var content = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (content.Length + read > most) throw TooLarge(most);
            content.Write(buffer, 0, read);
        }

        content.Position = 0;
        var written = await blobs.UploadAsync(document, content, request.ContentType, AccessOf(request), cancellationToken, condition) ?? throw RequestPrecondition.Failed(request);
        var status = Queued(await statuses.FindAsync(document, cancellationToken) ?? New, content.Length, written.LastModified);
        return new JsonAnswer(DocumentView.Of(document, status), StatusCodes.Status202Accepted) { ETag = Tag(written.ETag.ToString()) };
    }

    /// <summary>Several files at once, as a form sends them; each one's outcome is told by its name.</summary>
    [Function("DocumentPost")]
    public async Task<IActionResult> PostAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/documents")] HttpRequest request, CancellationToken cancellationToken)
    {
        var collection = CollectionFunctions.RequireName(request.Placeholder("collection"));
        await collections.RequireWriterOrCreateAsync(collection, request.Caller(), cancellationToken);
        RequestBody.RefuseCompressed(request);
        var results = await uploads.ReadAsync(request, collection, AccessOf(request), cancellationToken);
        var accepted = results.Count(result => result.Error is null);
        return new JsonAnswer(
            new { collection, accepted, failed = results.Count - accepted, documents = results }, accepted > 0 ? StatusCodes.Status202Accepted : StatusCodes.Status400BadRequest);
    }

    [Function("DocumentDelete")]
    public async Task<IActionResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request, CancellationToken cancellationToken)
    {
        await collections.RequireWriterAsync(request.Placeholder("collection"), request.Caller(), cancellationToken);
        try
        {
            return await blobs.DeleteAsync(request.Document(), cancellationToken, request.Precondition()) ? new StatusCodeResult(StatusCodes.Status202Accepted) : throw NotFound();
        }
        catch (Azure.RequestFailedException failure) when (failure.Status == StatusCodes.Status412PreconditionFailed)
        {
            throw RequestPrecondition.Failed(request);
        }
    }

    // As storage gives them they are in quotation marks already.
    private static string? Tag(string? etag) => etag?.Trim('"') is { Length: > 0 } tag ? tag : null;

    /// <summary>
    /// <c>POST /collections/{c}/reprocess?path=...</c> does one document again, embeddings included; without <c>path</c>, every document of the
    /// collection, or those in a state (<c>?state=failed</c>).
    /// </summary>
    [Function("DocumentReprocess")]
    public async Task<IActionResult> ReprocessAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/reprocess")] HttpRequest request, CancellationToken cancellationToken)
    {
        var caller = request.Caller();
        var collection = request.Placeholder("collection");
        await collections.RequireWriterAsync(collection, caller, cancellationToken);
        await collections.RequireReadableAsync(collection, caller, cancellationToken);
        var path = request.Query["path"].ToString();
        var only = StateOf(request);
        if (path.Length > 0 && only is not null) throw GatewayException.Invalid("state", "'state' chooses among a collection's documents; with 'path' there is nothing to choose.");
        if (path.Length == 0)
        {
            await queue.SendAsync(
                new DocumentEvent(DocumentEventKind.Collection, new DocumentName(collection, string.Empty), EachKind: DocumentEventKind.Reprocess, Only: only), cancellationToken);
            return new StatusCodeResult(StatusCodes.Status202Accepted);
        }

        var document = DocumentPaths.Require(new DocumentName(collection, path));
        if (await FindAsync(document, cancellationToken) is null) throw NotFound();
        await queue.SendAsync(new DocumentEvent(DocumentEventKind.Reprocess, document), cancellationToken);
        return new StatusCodeResult(StatusCodes.Status202Accepted);
    }

    private async Task<(IReadOnlyList<(string Path, DocumentStatus Status)> Documents, string? Next)> ListAsync(
        string collection, int size, string? token, DocumentState? only, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            for (var looked = 1; ; looked++)
            {
                var (documents, next) = await statuses.ListAsync(collection, size, token, cancellationToken);
                var visible = new List<(string Path, DocumentStatus Status)>(documents.Count);
                foreach (var item in documents)
                {
                    if (only is { } state && item.Status.State != state) continue;
                    if (await MaySeeAsync(new DocumentName(collection, item.Path), item.Status, caller, cancellationToken)) visible.Add(item);
                }

                // An empty page would only say that there is something that may not be seen.
                if (visible.Count > 0 || next is null || (only is not null && looked == MostPages)) return (visible, next);
                token = next;
            }
        }
        catch (Azure.RequestFailedException failure) when (failure.Status == 400 && token is not null)
        {
            throw GatewayException.Invalid("page_token", "'page_token' is not one that this list gave.");
        }
    }

    /// <summary>What no pass has looked at yet, storage is asked of.</summary>
    private async Task<bool> MaySeeAsync(DocumentName document, DocumentStatus status, Caller caller, CancellationToken cancellationToken) =>
        status.Access?.Permits(caller) ?? await access.PermitsAsync(document, caller, cancellationToken);

    // A blob whose event has not come yet is queued: who has just replaced a document and asks until it is ready is not told so of what it was.
    private async Task<DocumentStatus?> FindAsync(DocumentName document, CancellationToken cancellationToken)
    {
        var status = await statuses.FindAsync(document, cancellationToken);
        // Under way it is looked at to the end, and then again.
        if (status is { IsTerminal: false }) return status;
        if (await blobs.FindAsync(document, cancellationToken) is not { } blob) return status;
        if (status is null) return Queued(New, blob.ContentLength, blob.LastModified) with { SourceETag = blob.ETag.ToString() };
        return status.SourceETag is null || Tag(status.SourceETag) == Tag(blob.ETag.ToString()) ? status : Queued(status, blob.ContentLength, blob.LastModified);
    }

    /// <summary>Headers <c>x-ms-meta-groups</c> and <c>x-ms-meta-users</c>, as storage's own clients send them, and others that filters can name.</summary>
    private static Dictionary<string, string> AccessOf(HttpRequest request)
    {
        var metadata = new Dictionary<string, string>();
        foreach (var name in (string[])[AccessMetadata.Groups, AccessMetadata.Users])
        {
            if (!request.Headers.TryGetValue($"x-ms-meta-{name}", out var values)) continue;
            var value = values.ToString();
            if (value.Length > DocumentAccess.MaxChars || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                throw GatewayException.Invalid($"x-ms-meta-{name}", $"The header 'x-ms-meta-{name}' may have at most {DocumentAccess.MaxChars} printable ASCII characters.");
            metadata[name] = value;
        }

        DocumentMetadata.Take(request.Headers, metadata);
        if (AccessMetadata.Read(metadata).WhyNot is { } reason) throw GatewayException.Invalid("x-ms-meta-groups", $"The headers 'x-ms-meta-groups' and 'x-ms-meta-users': {reason}.");
        return metadata;
    }

    private static DocumentState? StateOf(HttpRequest request)
    {
        var text = request.Query["state"].ToString();
        if (text.Length == 0) return null;
        foreach (var state in Enum.GetValues<DocumentState>())
        {
            if (text == NameOf(state)) return state;
        }

        throw GatewayException.Invalid("state", $"'state' must be one of: {string.Join(", ", Enum.GetValues<DocumentState>().Select(NameOf))}.");

        static string NameOf(DocumentState state) => state.ToString().ToLowerInvariant();
    }

    private static DocumentStatus New { get; } = new() { State = DocumentState.Queued };

    private static DocumentStatus Queued(DocumentStatus before, long size, DateTimeOffset at) => before with { State = DocumentState.Queued, Percent = 0, Size = size, UpdatedAt = at, Error = null };

    private static GatewayException NotFound() => GatewayException.NotFound("document_not_found", "There is no such document in this collection.", "path");

    private static GatewayException TooLarge(long most) => new(
        StatusCodes.Status413PayloadTooLarge, new ErrorDetail("document_too_large", $"A document may have at most {most} bytes.", "invalid_request_error", "body"));
}
