using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ingestion.Batches;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.Notices;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion;

/// <summary>The activities of <see cref="DocumentOrchestrator"/>. Each runs at least once and is idempotent: same input, same state after.</summary>
public sealed class DocumentActivities(
    StepGuard guard, BeginStep begin, ExtractStep extract, ChunkStep chunk, EmbedStep embed, IndexStep index, PublishStep publish, EndStep end, GenerationStore generations, NoticeQueue notices)
{
    public const string Begin = "DocumentBegin";
    public const string Extract = "DocumentExtract";
    public const string Chunk = "DocumentChunk";
    public const string Embed = "DocumentEmbed";
    public const string Index = "DocumentIndex";
    public const string Publish = "DocumentPublish";
    public const string Ready = "DocumentReady";
    public const string Fail = "DocumentFail";
    public const string Remove = "DocumentRemove";

    [Function(Begin)]
    public async Task<PassStart> BeginAsync([ActivityTrigger] DocumentName document, CancellationToken cancellationToken)
    {
        var start = await BeginAsync(document, turn: null, cancellationToken);
        return start.Then ? new PassStart(PassKind.Again) : start;
    }

    /// <param name="turn">The batch that the document is taken up in; null: none.</param>
    internal Task<PassStart> BeginAsync(DocumentName document, BatchTurn? turn, CancellationToken cancellationToken) =>
        guard.RunAsync(
            Begin, document,
            outcome => outcome.Result == StepResult.Rejected ? new PassStart(PassKind.Reject, Reason: outcome.Reason) : new PassStart(PassKind.Again),
            async () =>
            {
                // A small document is brought in by its beginning.
                var start = await begin.RunAsync(document, turn, cancellationToken);
                if (start.Kind == PassKind.Nothing && !start.IsBuild) await notices.EndedAsync(document, cancellationToken);
                return start;
            });

    [Function(Extract)]
    public Task<StepOutcome> ExtractAsync([ActivityTrigger] PassRef pass, CancellationToken cancellationToken) =>
        guard.RunAsync(Extract, pass.Document, Same, () => extract.RunAsync(pass, cancellationToken));

    [Function(Chunk)]
    public Task<ChunkedPass> ChunkAsync([ActivityTrigger] PassRef pass, CancellationToken cancellationToken) =>
        guard.RunAsync(Chunk, pass.Document, outcome => new ChunkedPass(outcome), () => chunk.RunAsync(pass, cancellationToken));

    [Function(Embed)]
    public Task<StepOutcome> EmbedAsync([ActivityTrigger] BatchRef batch, CancellationToken cancellationToken) =>
        guard.RunAsync(Embed, batch.Pass.Document, Same, () => embed.RunAsync(batch, cancellationToken));

    [Function(Index)]
    public Task<StepOutcome> IndexAsync([ActivityTrigger] BatchRef batch, CancellationToken cancellationToken) =>
        guard.RunAsync(Index, batch.Pass.Document, Same, () => index.RunAsync(batch, cancellationToken));

    [Function(Publish)]
    public Task<StepOutcome> PublishAsync([ActivityTrigger] PassRef pass, CancellationToken cancellationToken) =>
        guard.RunAsync(Publish, pass.Document, Same, () => publish.RunAsync(pass, cancellationToken));

    [Function(Ready)]
    public Task<bool> ReadyAsync([ActivityTrigger] PassRef pass, CancellationToken cancellationToken) =>
        guard.RunAsync(Ready, pass.Document, Fatal<bool>, () => ReadyThenAsync(pass, cancellationToken));

    [Function(Fail)]
    public Task<bool> FailAsync([ActivityTrigger] FailRequest request, CancellationToken cancellationToken) =>
        guard.RunAsync(Fail, request.Document, Fatal<bool>, async () =>
            await end.BuildFailedAsync(request, cancellationToken) ?? await ToldAsync(request.Document, end.FailedAsync(request, cancellationToken), cancellationToken));

    [Function(Remove)]
    public Task<bool> RemoveAsync([ActivityTrigger] DocumentName document, CancellationToken cancellationToken) =>
        guard.RunAsync(Remove, document, Fatal<bool>, () => ToldAsync(document, end.RemovedAsync(document, cancellationToken), cancellationToken));

    // Where no other pass follows, whoever wants to be is told of the end.
    private async Task<bool> ToldAsync(DocumentName document, Task<bool> end, CancellationToken cancellationToken)
    {
        var again = await end;
        if (!again) await notices.EndedAsync(document, cancellationToken);
        return again;
    }

    private async Task<bool> ReadyThenAsync(PassRef pass, CancellationToken cancellationToken)
    {
        if (pass.Settings.IsBuild) return await end.ReadyAsync(pass, cancellationToken);
        if (await ToldAsync(pass.Document, end.ReadyAsync(pass, cancellationToken), cancellationToken)) return true;
        // There is a generation to be built, or one that has come to serve meanwhile.
        return await generations.FindAsync(pass.Document.Collection, cancellationToken) is { } state
            && (state.Building is not null || state.Serving.Number != pass.Settings.Generation);
    }

    private static StepOutcome Same(StepOutcome outcome) => outcome;

    // The last steps have no other end to turn to.
    private static T Fatal<T>(StepOutcome outcome) => throw new StepFailedException(outcome.Reason ?? "The pass lost its footing.");
}
