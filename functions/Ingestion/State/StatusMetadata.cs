using System.Globalization;
using Serverless.Functions.Ingestion.Access;

namespace Serverless.Functions.Ingestion.State;

/// <summary>A status as blob metadata, so that one listing of blobs answers for a whole page of documents. Values are ASCII: text is percent-encoded.</summary>
internal static class StatusMetadata
{
    // Percent-encoding makes up to nine characters of one; a blob's metadata holds 8 KB.
    private const int MaxErrorLength = 400;
    private const int MaxBuildErrorLength = 200;

    /// <summary>Why a document is failed whose status cannot be read.</summary>
    internal const string Damaged = "Its status is damaged. The next reconciliation mends it; POST /collections/{collection}/reprocess?path= does so at once.";

    public static Dictionary<string, string> Write(DocumentStatus status)
    {
        var metadata = new Dictionary<string, string>
        {
            ["state"] = status.State.ToString(),
            ["percent"] = status.Percent.ToString(CultureInfo.InvariantCulture),
            ["chunks"] = status.Chunks.ToString(CultureInfo.InvariantCulture),
            ["size"] = status.Size.ToString(CultureInfo.InvariantCulture),
            ["updated"] = status.UpdatedAt.ToString("O", CultureInfo.InvariantCulture),
        };
        Add("error", Cut(status.Error, MaxErrorLength));
        Add("source", status.SourceETag);
        if (status.Tokens > 0) metadata["tokens"] = status.Tokens.ToString(CultureInfo.InvariantCulture);
        if (status.BuiltTokens > 0) metadata["builttokens"] = status.BuiltTokens.ToString(CultureInfo.InvariantCulture);
        Add("build", status.Build);
        Add("built", status.Built);
        Add("builderror", Cut(status.BuildError, MaxBuildErrorLength));
        Add("batch", status.Batch);
        Add("pass", status.Pass);
        Add("indexed", status.Indexed);
        if (status.Access is { } access)
        {
            // Written where empty too: it says that a pass has looked.
            metadata["groups"] = "," + AccessMetadata.Write(access.Groups);
            metadata["users"] = "," + AccessMetadata.Write(access.Users);
        }

        if (status is { State: DocumentState.Failed, FailedBy: > 0 }) metadata["failedby"] = status.FailedBy.ToString(CultureInfo.InvariantCulture);
        if (status.EmbeddedTokens > 0) metadata["embedded"] = status.EmbeddedTokens.ToString(CultureInfo.InvariantCulture);
        if (status.Cost > 0) metadata["cost"] = status.Cost.ToString(CultureInfo.InvariantCulture);
        if (status.DueSince is { } due) metadata["due"] = due.ToString("O", CultureInfo.InvariantCulture);
        if (status.BegunAt is { } begun) metadata["begun"] = begun.ToString("O", CultureInfo.InvariantCulture);
        if (status.DurationMs > 0) metadata["took"] = status.DurationMs.ToString(CultureInfo.InvariantCulture);
        if (status.Attempts > 0) metadata["attempts"] = status.Attempts.ToString(CultureInfo.InvariantCulture);
        // Beside the reason of a failure that holds there is no room for another.
        if (status.Error is null) Add("lasterror", Cut(status.LastError, MaxErrorLength));
        if (status.Signalled) metadata["signalled"] = "1";
        if (status.Held) metadata["held"] = "1";
        if (status.Force) metadata["force"] = "1";
        if (status.Staged) metadata["staged"] = "1";
        return metadata;

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value)) metadata[key] = Uri.EscapeDataString(value);
        }
    }

    /// <summary>A status whose blob holds none is a failed document's, which the next reconciliation ingests again, as does a request to.</summary>
    public static DocumentStatus Read(IDictionary<string, string> metadata)
    {
        if (!Enum.TryParse<DocumentState>(Get("state"), out var state) || !Enum.IsDefined(state)) return new DocumentStatus { State = DocumentState.Failed, Error = Damaged, Held = true };
        return new DocumentStatus
        {
            State = state,
            Percent = int.TryParse(Get("percent"), CultureInfo.InvariantCulture, out var percent) ? percent : 0,
            Chunks = int.TryParse(Get("chunks"), CultureInfo.InvariantCulture, out var chunks) ? chunks : 0,
            Size = long.TryParse(Get("size"), CultureInfo.InvariantCulture, out var size) ? size : 0,
            UpdatedAt = DateTimeOffset.TryParse(Get("updated"), CultureInfo.InvariantCulture, out var updated) ? updated : default,
            Error = Get("error"),
            FailedBy = int.TryParse(Get("failedby"), CultureInfo.InvariantCulture, out var failedBy) ? failedBy : 0,
            SourceETag = Get("source"),
            Tokens = long.TryParse(Get("tokens"), CultureInfo.InvariantCulture, out var tokens) ? tokens : 0,
            BuiltTokens = long.TryParse(Get("builttokens"), CultureInfo.InvariantCulture, out var builtTokens) ? builtTokens : 0,
            Build = Get("build"),
            Built = Get("built"),
            BuildError = Get("builderror"),
            // A status of an earlier version does not say so.
            Held = Get("held") is not null || Get("indexed") is not null,
            Pass = Get("pass"),
            Indexed = Get("indexed"),
            Access = metadata.TryGetValue("groups", out var groups) && metadata.TryGetValue("users", out var users) ? new DocumentAccess(Names(groups), Names(users)) : null,
            EmbeddedTokens = long.TryParse(Get("embedded"), CultureInfo.InvariantCulture, out var embedded) ? embedded : 0,
            Cost = long.TryParse(Get("cost"), CultureInfo.InvariantCulture, out var cost) ? cost : 0,
            DueSince = DateTimeOffset.TryParse(Get("due"), CultureInfo.InvariantCulture, out var due) ? due : null,
            BegunAt = DateTimeOffset.TryParse(Get("begun"), CultureInfo.InvariantCulture, out var begun) ? begun : null,
            DurationMs = long.TryParse(Get("took"), CultureInfo.InvariantCulture, out var took) ? took : 0,
            Attempts = int.TryParse(Get("attempts"), CultureInfo.InvariantCulture, out var attempts) ? attempts : 0,
            LastError = Get("lasterror") ?? Get("error"),
            Signalled = Get("signalled") is not null,
            Batch = Get("batch"),
            Force = Get("force") is not null,
            Staged = Get("staged") is not null,
        };

        string? Get(string key) => metadata.TryGetValue(key, out var value) ? Uri.UnescapeDataString(value) : null;
    }

    private static string[] Names(string value) => [.. value.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)];

    private static string? Cut(string? error, int most) => error?.Length > most ? error[..(most - 1)].TrimEnd() + "…" : error;
}
