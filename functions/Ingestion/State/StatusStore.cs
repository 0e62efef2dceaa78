using System.Collections.Concurrent;
using Azure;
using Azure.Storage.Blobs.Models;

namespace Serverless.Functions.Ingestion.State;

/// <summary>Reads and changes documents' statuses.</summary>
public sealed class StatusStore(IngestionContainers containers, TimeProvider time, IEnumerable<IStatusWatcher>? watchers = null)
{
    private const int MaxAttempts = 20;
    private const int MaxRemembered = 4096;

    // What this instance wrote last, to write the next change without a look. Nothing is decided by it: a change that it leaves as it is looks first.
    private readonly ConcurrentDictionary<string, (DocumentStatus Status, ETag ETag)> _written = new(StringComparer.Ordinal);

    private readonly IStatusWatcher[] _watchers = [.. watchers ?? []];

    public async Task<DocumentStatus?> FindAsync(DocumentName document, CancellationToken cancellationToken) =>
        (await ReadAsync(document, cancellationToken))?.Status;

    /// <summary>What this instance wrote last of a document under way, if it is still known: somebody else may have changed it since.</summary>
    internal DocumentStatus? Recall(DocumentName document) => _written.TryGetValue(document.BlobName, out var written) ? written.Status : null;

    /// <summary>
    /// Changes a status by compare-and-swap. <paramref name="change"/> may run several times; it returns its argument to leave things as they are.
    /// </summary>
    /// <returns>The status before and after.</returns>
    public Task<(DocumentStatus? Before, DocumentStatus? After)> ChangeAsync(
        DocumentName document, Func<DocumentStatus?, DocumentStatus?> change, CancellationToken cancellationToken) => ChangeAsync(document, change, isNew: false, cancellationToken);

    /// <summary>As <see cref="ChangeAsync(DocumentName, Func{DocumentStatus?, DocumentStatus?}, CancellationToken)"/>, of a document that has none yet, probably: what a new one takes is tried without a look.</summary>
    internal Task<(DocumentStatus? Before, DocumentStatus? After)> CreateOrChangeAsync(
        DocumentName document, Func<DocumentStatus?, DocumentStatus?> change, CancellationToken cancellationToken) => ChangeAsync(document, change, isNew: true, cancellationToken);

    private async Task<(DocumentStatus? Before, DocumentStatus? After)> ChangeAsync(
        DocumentName document, Func<DocumentStatus?, DocumentStatus?> change, bool isNew, CancellationToken cancellationToken)
    {
        await containers.EnsureCreatedAsync(cancellationToken);
        var blob = containers.Status.GetBlobClient(document.BlobName);
        var remembered = _written.TryRemove(document.BlobName, out var written);
        var guessed = remembered || isNew;
        for (var attempt = 1; ; attempt++)
        {
            (DocumentStatus Status, ETag ETag)? read = !guessed ? await ReadAsync(document, cancellationToken) : remembered ? written : null;
            var before = read?.Status;
            var after = change(before);
            if (Equals(before, after))
            {
                if (!guessed) return (before, after);
                guessed = false;
                continue;
            }

            guessed = false;
            var conditions = read is null ? new BlobRequestConditions { IfNoneMatch = ETag.All } : new BlobRequestConditions { IfMatch = read.Value.ETag };
            try
            {
                if (after is null)
                {
                    await blob.DeleteAsync(conditions: conditions, cancellationToken: cancellationToken);
                    foreach (var watcher in _watchers) watcher.Changed(document, before, null);
                    return (before, null);
                }

                after = after.At(time.GetUtcNow());
                var upload = new BlobUploadOptions { Metadata = StatusMetadata.Write(after), Conditions = conditions };
                Remember(document, after, (await blob.UploadAsync(BinaryData.Empty, upload, cancellationToken)).Value.ETag);
                foreach (var watcher in _watchers) watcher.Changed(document, before, after);
                return (before, after);
            }
            catch (RequestFailedException failure) when (failure.Status is 404 or 409 or 412 && attempt < MaxAttempts)
            {
                // Somebody else changed it; look again.
            }
        }
    }

    private void Remember(DocumentName document, DocumentStatus status, ETag etag)
    {
        // At rest it is not asked for soon.
        if (status.IsTerminal) return;
        if (_written.Count >= MaxRemembered) _written.Clear();
        // As it will be read: what the metadata cannot say is not remembered either.
        _written[document.BlobName] = (StatusMetadata.Read(StatusMetadata.Write(status)), etag);
    }

    /// <summary>Notes how far a pass has come. False when the status has passed to another pass: this one has nothing more to say.</summary>
    public async Task<bool> ProgressAsync(DocumentName document, string pass, DocumentState state, int percent, int? chunks, CancellationToken cancellationToken)
    {
        var (_, after) = await ChangeAsync(
            document,
            status => status?.Pass != pass || status.IsTerminal || (status.State > state && status.State != DocumentState.Queued)
                ? status
                : status with { State = state, Percent = Math.Max(percent, status.State == state ? status.Percent : 0), Chunks = chunks ?? status.Chunks },
            cancellationToken);
        // Into a generation that is being built, it changes nothing of what is seen of the document, and gives way to whatever happens to it.
        return after?.Pass == pass || (after?.Build == pass && !after.Signalled);
    }

    /// <summary>Notes what a pass has cut the document into.</summary>
    public Task CutAsync(PassRef pass, int chunks, long tokens, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(pass);
        return ChangeAsync(
            pass.Document,
            status => status switch
            {
                not null when status.Build == pass.Pass => status with { BuiltTokens = tokens },
                { IsTerminal: false } when status.Pass == pass.Pass => status with { Chunks = chunks, Tokens = tokens },
                _ => status,
            },
            cancellationToken);
    }

    /// <summary>One page of a collection's documents in the order of their names.</summary>
    public async Task<(IReadOnlyList<(string Path, DocumentStatus Status)> Documents, string? Continuation)> ListAsync(
        string collection, int top, string? continuation, CancellationToken cancellationToken)
    {
        var prefix = collection + "/";
        try
        {
            var pages = containers.Status.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = prefix }, cancellationToken).AsPages(continuation, top);
            await foreach (var page in pages)
            {
                var documents = page.Values.Select(blob => (blob.Name[prefix.Length..], StatusMetadata.Read(blob.Metadata))).ToList();
                return (documents, string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
            }
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // No container yet: no documents yet.
        }

        return ([], null);
    }

    private async Task<(DocumentStatus Status, ETag ETag)?> ReadAsync(DocumentName document, CancellationToken cancellationToken)
    {
        try
        {
            var properties = (await containers.Status.GetBlobClient(document.BlobName).GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return (StatusMetadata.Read(properties.Metadata), properties.ETag);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }
}
