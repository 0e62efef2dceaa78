using Microsoft.Extensions.Logging;
using Serverless.Functions.Clients;
using Serverless.Functions.Evaluation.Runs;

namespace Serverless.Functions.Evaluation.Running;

/// <summary>Asks one batch of questions of one route and writes what is kept of them.</summary>
public sealed class BatchAsking(RunStore runs, ClientStore clients, QuestionAsking asking, TimeProvider time, ILogger<BatchAsking> logger)
{
    // What a killed host asked and had not written is asked again: that is at most one batch for each of those under way.
    private const int QuestionsPerBatch = 10;

    public static int Batches(int questions) => (questions + QuestionsPerBatch - 1) / QuestionsPerBatch;

    /// <returns>Whether the run is to go on.</returns>
    /// <exception cref="EvaluationStepException">The questions are gone.</exception>
    public async Task<bool> RunAsync(EvaluationBatch batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        if (await runs.FindAsync(batch.Id, cancellationToken) is not { } found || found.Status.State != RunState.Running) return false;
        if (await runs.HasResultsAsync(batch.Id, batch.Route, batch.Batch, cancellationToken)) return true;
        var set = await runs.FindQuestionsAsync(batch.Id, cancellationToken) ?? throw new EvaluationStepException("The questions of the run are gone.");
        var caller = await found.Run.Caller.FindAsync(clients, time.GetUtcNow(), cancellationToken);

        var from = batch.Batch * QuestionsPerBatch;
        var questions = set.Questions.Skip(from).Take(QuestionsPerBatch).ToList();
        var results = new List<QuestionResult>(questions.Count);
        var answers = new List<KeptAnswer>(questions.Count);
        for (var i = 0; i < questions.Count; i++)
        {
            var (result, answer) = await asking.RunAsync(found.Run, found.Run.Routes[batch.Route], questions[i], from + i, caller, cancellationToken);
            results.Add(result);
            answers.Add(new KeptAnswer(from + i, questions[i].Question, answer));
        }

        if (found.Run.KeepAnswers) await runs.WriteAnswersAsync(batch.Id, batch.Route, batch.Batch, answers, cancellationToken);
        await runs.WriteResultsAsync(batch.Id, batch.Route, batch.Batch, results, cancellationToken);
        var errors = results.Count(result => result.Error is not null);
        if (errors > 0) EvaluationLog.Errors(logger, batch.Id, batch.Route, batch.Batch, errors, results.Count);
        var after = await runs.FindAsync(batch.Id, cancellationToken);
        // Deleted while it was asked: nothing of it may stay.
        if (after is null) await runs.DropResultsAsync(batch.Id, cancellationToken);
        return after is { Status.State: RunState.Running };
    }
}
