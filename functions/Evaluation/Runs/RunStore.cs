using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Serverless.Contracts;
using Serverless.Functions.Evaluation.Questions;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>
/// Runs in container <c>evaluations</c>; the questions of a run under way, which are content, in <c>pipeline</c>, from which they go when the run ends, or by the
/// container's lifecycle rule if nobody ends it.
/// </summary>
public sealed class RunStore(BlobServiceClient service, IngestionContainers ingestion)
{
    public const string ContainerName = "evaluations";
    private const int MaxAttempts = 20;

    private readonly BlobContainerClient _container = service.GetBlobContainerClient(ContainerName);

    /// <summary>Takes the next version of a name.</summary>
    public async Task<int> NextVersionAsync(string name, CancellationToken cancellationToken)
    {
        await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        var blob = _container.GetBlobClient($"names/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}");
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var (version, etag) = await ReadVersionAsync(blob, cancellationToken);
                var conditions = etag is { } tag ? new BlobRequestConditions { IfMatch = tag } : new BlobRequestConditions { IfNoneMatch = ETag.All };
                var metadata = new Dictionary<string, string> { ["version"] = FormattableString.Invariant($"{version + 1}") };
                await blob.UploadAsync(BinaryData.Empty, new BlobUploadOptions { Metadata = metadata, Conditions = conditions }, cancellationToken);
                return version + 1;
            }
            catch (RequestFailedException failure) when (failure.Status is 409 or 412 && attempt < MaxAttempts)
            {
                // Another run of this name was faster.
            }
        }
    }

    /// <summary>Questions first: a run that is there can go on.</summary>
    public async Task CreateAsync(EvaluationRun run, QuestionSet questions, CancellationToken cancellationToken)
    {
        await ingestion.EnsureCreatedAsync(cancellationToken);
        await _container.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
        await ingestion.Pipeline.WriteJsonAsync(QuestionsName(run.Id), questions, cancellationToken);
        var status = new RunStatus
        {
            State = RunState.Queued,
            Name = run.Name,
            Version = run.Version,
            Client = run.Caller.ClientId,
            Total = run.Questions * run.Routes.Count,
            CreatedAt = run.CreatedAt,
        };
        var upload = new BlobUploadOptions
        {
            Metadata = status.ToMetadata(),
            HttpHeaders = new BlobHttpHeaders { ContentType = "application/json" },
            Conditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
        };
        await _container.GetBlobClient(RunName(run.Id)).UploadAsync(BinaryData.FromObjectAsJson(run, WireJson.Options), upload, cancellationToken);
    }

    public async Task<(EvaluationRun Run, RunStatus Status)?> FindAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var content = (await _container.GetBlobClient(RunName(id)).DownloadContentAsync(cancellationToken)).Value;
            return (content.Content.ToObjectFromJson<EvaluationRun>(WireJson.Options)!, RunStatus.Of(content.Details.Metadata));
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Changes a run's status by compare-and-swap; <paramref name="change"/> may run several times, and returns its argument to leave things as they are.</summary>
    /// <returns>The status after; null when there is no such run.</returns>
    public Task<RunStatus?> ChangeAsync(string id, Func<RunStatus, RunStatus> change, CancellationToken cancellationToken) =>
        StatusBlob.ChangeAsync(_container.GetBlobClient(RunName(id)), RunStatus.Of, static status => status.ToMetadata(), change, cancellationToken);

    /// <summary>A page of runs, the newest first.</summary>
    public async Task<(IReadOnlyList<(string Id, RunStatus Status)> Runs, string? Continuation)> ListAsync(int top, string? continuation, CancellationToken cancellationToken)
    {
        try
        {
            var listing = _container.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = RunName("") }, cancellationToken);
            await foreach (var page in listing.AsPages(continuation, top))
                return ([.. page.Values.Select(blob => (blob.Name[RunName("").Length..], RunStatus.Of(blob.Metadata)))], string.IsNullOrEmpty(page.ContinuationToken) ? null : page.ContinuationToken);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            // No container yet: no runs yet.
        }

        return ([], null);
    }

    public async Task<QuestionSet?> FindQuestionsAsync(string id, CancellationToken cancellationToken) =>
        await ingestion.Pipeline.ReadJsonAsync<QuestionSet>(QuestionsName(id), cancellationToken);

    public Task DropQuestionsAsync(string id, CancellationToken cancellationToken) =>
        ingestion.Pipeline.GetBlobClient(QuestionsName(id)).DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>Whether a batch has been written.</summary>
    public async Task<bool> HasResultsAsync(string id, int route, int batch, CancellationToken cancellationToken) =>
        await _container.GetBlobClient(ResultName(id, route, batch)).ExistsAsync(cancellationToken);

    public async Task WriteResultsAsync(string id, int route, int batch, IReadOnlyList<QuestionResult> results, CancellationToken cancellationToken)
    {
        var metadata = new Dictionary<string, string>
        {
            ["count"] = FormattableString.Invariant($"{results.Count}"),
            ["errors"] = FormattableString.Invariant($"{results.Count(result => result.Error is not null)}"),
        };
        await _container.GetBlobClient(ResultName(id, route, batch)).UploadAsync(BinaryData.FromObjectAsJson(results, WireJson.Options), new BlobUploadOptions { Metadata = metadata }, cancellationToken);
    }

    public Task WriteAnswersAsync(string id, int route, int batch, IReadOnlyList<KeptAnswer> answers, CancellationToken cancellationToken) =>
        _container.WriteJsonAsync(FormattableString.Invariant($"answers/{id}/{route:D3}/{batch:D5}"), answers, cancellationToken);

    /// <summary>All results of a route, in the order of the set.</summary>
    public async Task<IReadOnlyList<QuestionResult>> ReadResultsAsync(string id, int route, CancellationToken cancellationToken) =>
        [.. (await ReadAllAsync<QuestionResult>(FormattableString.Invariant($"results/{id}/{route:D3}/"), cancellationToken)).OrderBy(result => result.Number)];

    /// <summary>What was kept of a route, in the order of the set; empty where nothing was.</summary>
    public async Task<IReadOnlyList<KeptAnswer>> ReadAnswersAsync(string id, int route, CancellationToken cancellationToken) =>
        [.. (await ReadAllAsync<KeptAnswer>(FormattableString.Invariant($"answers/{id}/{route:D3}/"), cancellationToken)).OrderBy(answer => answer.Number)];

    /// <summary>Questions asked so far, of all routes, and how many of them failed.</summary>
    public async Task<(int Done, int Errors)> CountAsync(string id, CancellationToken cancellationToken)
    {
        var (done, errors) = (0, 0);
        await foreach (var blob in _container.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata, Prefix = $"results/{id}/" }, cancellationToken))
        {
            done += Number(blob.Metadata, "count");
            errors += Number(blob.Metadata, "errors");
        }

        return (done, errors);
    }

    public Task WriteCollectionsAsync(string id, IReadOnlyDictionary<string, string> collections, CancellationToken cancellationToken) =>
        _container.WriteJsonAsync($"collections/{id}", collections, cancellationToken);

    public Task<Dictionary<string, string>?> FindCollectionsAsync(string id, CancellationToken cancellationToken) =>
        _container.ReadJsonAsync<Dictionary<string, string>>($"collections/{id}", cancellationToken);

    public Task WriteSummaryAsync(string id, RunSummary summary, CancellationToken cancellationToken) => _container.WriteJsonAsync($"summaries/{id}", summary, cancellationToken);

    public Task<RunSummary?> FindSummaryAsync(string id, CancellationToken cancellationToken) => _container.ReadJsonAsync<RunSummary>($"summaries/{id}", cancellationToken);

    /// <summary>Everything of a run; the run itself goes first, so that nothing goes on with it.</summary>
    public async Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        await _container.GetBlobClient(RunName(id)).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        await DropQuestionsAsync(id, cancellationToken);
        await DropResultsAsync(id, cancellationToken);
    }

    /// <summary>Everything but the run itself.</summary>
    public async Task DropResultsAsync(string id, CancellationToken cancellationToken)
    {
        foreach (var prefix in (string[])[$"results/{id}/", $"answers/{id}/", $"summaries/{id}", $"collections/{id}"])
        {
            await foreach (var blob in _container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken))
                await _container.GetBlobClient(blob.Name).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
    }

    private static string RunName(string id) => $"runs/{id}";

    private static string QuestionsName(string id) => $"evaluations/{id}.json";

    private static string ResultName(string id, int route, int batch) => FormattableString.Invariant($"results/{id}/{route:D3}/{batch:D5}");

    private static int Number(IDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out var value) && int.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static async Task<(int Version, ETag? ETag)> ReadVersionAsync(BlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            return (Number(properties.Metadata, "version"), properties.ETag);
        }
        catch (RequestFailedException failure) when (failure.Status == 404)
        {
            return (0, null);
        }
    }

    private async Task<List<T>> ReadAllAsync<T>(string prefix, CancellationToken cancellationToken)
    {
        var names = new List<string>();
        await foreach (var blob in _container.GetBlobsAsync(new GetBlobsOptions { Prefix = prefix }, cancellationToken)) names.Add(blob.Name);
        var parts = new IReadOnlyList<T>[names.Count];
        await Parallel.ForAsync(
            0, names.Count, new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (i, stop) => parts[i] = await _container.ReadJsonAsync<List<T>>(names[i], stop) ?? []);
        return [.. parts.SelectMany(part => part)];
    }
}
