using System.Text.Json;
using Azure;
using Azure.Storage.Blobs.Models;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation.Questions;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Evaluation;

/// <summary>Reads the body of <c>POST /evaluations</c> and finds what it names.</summary>
public sealed class EvaluationReader(RunStore runs, RouteSnapshots snapshots, ClientStore clients, IngestionContainers containers, TimeProvider time)
{
    private const int MaxRoutes = 16;
    private const long MaxSetBytes = 16 * 1024 * 1024;

    /// <exception cref="GatewayException">A field is at fault; it is named.</exception>
    public async Task<(EvaluationRun Run, QuestionSet Questions)> ReadAsync(JsonElement body, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var fields = new JsonFields(body);
        var name = fields.RequiredString("name", 128);
        if (string.IsNullOrWhiteSpace(name) || name.Any(char.IsControl)) throw GatewayException.Invalid("name", "'name' must have 1 to 128 characters, none of them a control character.");
        var references = fields.Strings("routes", MaxRoutes, 80) ?? throw GatewayException.Invalid("routes", "'routes' is required.", "missing_field");
        if (references.Count == 0) throw GatewayException.Invalid("routes", "'routes' must name at least one route.");
        var k = fields.Integer("k", 1, 50, 5);
        var seed = fields.WholeNumber("seed", 0, int.MaxValue) ?? 1;
        var temperature = fields.Decimal("temperature", 0, 2);
        var maxTokens = fields.WholeNumber("max_tokens", 1, 4096);
        var concurrency = fields.Integer("concurrency", 1, 8, 2);
        var keep = fields.Boolean("keep_answers", false);
        var phrases = fields.Strings("refusal_phrases", 64, 200);
        var questions = await QuestionsAsync(fields, body, caller, cancellationToken);
        fields.RejectUnknown();

        var routes = new List<EvaluatedRoute>();
        for (var i = 0; i < references.Count; i++)
        {
            var field = FormattableString.Invariant($"routes[{i}]");
            var route = await snapshots.TakeAsync(references[i], field, caller, cancellationToken);
            if (routes.Any(other => other.Reference == route.Reference)) throw GatewayException.Invalid(field, $"'{field}' is {route.Reference}, as an earlier one is.");
            routes.Add(route);
        }

        var run = new EvaluationRun
        {
            Id = NewId(),
            Name = name,
            Version = await runs.NextVersionAsync(name, cancellationToken),
            CreatedAt = time.GetUtcNow(),
            Caller = await StandingCaller.OfAsync(caller, clients, cancellationToken),
            Routes = routes,
            QuestionsFrom = questions.Source,
            QuestionsHash = questions.Hash(),
            Questions = questions.Questions.Count,
            K = k,
            Seed = seed,
            Temperature = (double?)temperature,
            MaxTokens = (int?)maxTokens,
            Concurrency = concurrency,
            KeepAnswers = keep,
            RefusalPhrases = phrases,
        };
        return (run, questions);
    }

    // The newest come first in a listing by name.
    private string NewId() => FormattableString.Invariant($"{0xFFFFFFFFFFFF - time.GetUtcNow().ToUnixTimeMilliseconds():x12}{Guid.NewGuid().ToString("N")[..12]}");

    private async Task<QuestionSet> QuestionsAsync(JsonFields fields, JsonElement body, Caller caller, CancellationToken cancellationToken)
    {
        if (!fields.Has("questions")) throw GatewayException.Invalid("questions", "'questions' is required: a list, the name of a sample, or the path of a .jsonl blob.", "missing_field");
        if (body.GetProperty("questions").ValueKind != JsonValueKind.String)
            return new QuestionSet("inline", QuestionReader.Read(fields.Objects("questions", QuestionSet.MaxQuestions)!));
        var source = fields.RequiredString("questions", 1100);
        if (SampleQuestions.Find(source) is { } sample) return new QuestionSet($"sample:{source}", QuestionReader.ReadLines(sample));
        if (!source.EndsWith(".jsonl", StringComparison.Ordinal))
            throw GatewayException.Invalid("questions", $"'questions' must be a list, the name of a sample ({string.Join(", ", SampleQuestions.Names)}) or the path of a .jsonl blob in container documents.");
        if (!caller.IsOperator)
            throw new GatewayException(403, new Contracts.ErrorDetail("operator_required", "Only an operator may name a blob; send the questions as a list.", "permission_error", "questions"));
        return new QuestionSet($"documents/{source}", QuestionReader.ReadLines(await BlobAsync(source, cancellationToken)));
    }

    private async Task<ReadOnlyMemory<byte>> BlobAsync(string path, CancellationToken cancellationToken)
    {
        if (DocumentName.FromBlobName(path) is not { } document || document.WhyNotStorable() is not null) throw Missing();
        try
        {
            var blob = containers.Documents.GetBlobClient(document.BlobName);
            var properties = (await blob.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
            if (properties.ContentLength > MaxSetBytes) throw GatewayException.Invalid("questions", $"'questions': the blob has more than {MaxSetBytes} bytes.");
            var options = new BlobDownloadOptions { Conditions = new BlobRequestConditions { IfMatch = properties.ETag } };
            return (await blob.DownloadContentAsync(options, cancellationToken)).Value.Content.ToMemory();
        }
        catch (RequestFailedException failure) when (failure.Status is 404 or 412)
        {
            throw Missing();
        }

        static GatewayException Missing() => GatewayException.NotFound("questions_not_found", "There is no such blob in container documents.", "questions");
    }
}
