using Serverless.GpuWorker.Api.Metrics;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Telemetry;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>Runs one sequence on the engine: tokens to text, stop strings, metrics.</summary>
internal sealed class SequenceRunner(LlmModel model, ServingMetrics metrics, TimeProvider time)
{
    /// <param name="emit">Gets the pieces as they come, the last one with the result; never blocks.</param>
    /// <exception cref="EngineOverloadedException">Nothing was done.</exception>
    /// <exception cref="EngineFailedException">The engine failed, or ended the sequence without a reason.</exception>
    /// <exception cref="DeadlineExceededException">The request's time has passed.</exception>
    public async Task<SequenceResult> RunAsync(SequencePlan plan, Action<SequencePiece> emit, CancellationToken cancellationToken)
    {
        using var span = SequenceSpan.Begin(model.Name, plan.Request);
        var timing = new SequenceTiming(metrics, time, span);
        try
        {
            var result = await GenerateAsync(plan, emit, timing, cancellationToken);
            timing.Finish(result.FinishReason);
            return result;
        }
        catch (EngineOverloadedException)
        {
            span?.Finish("refused");
            throw;
        }
        catch (Exception e) when (e is OperationCanceledException or DeadlineExceededException)
        {
            timing.Finish("abort");
            throw;
        }
        catch
        {
            timing.Finish("error");
            throw;
        }
    }

    private async Task<SequenceResult> GenerateAsync(SequencePlan plan, Action<SequencePiece> emit, SequenceTiming timing, CancellationToken cancellationToken)
    {
        var text = new SequenceText(plan, model.Tokenizer, emit);
        if (text.Result is { } complete)
        {
            text.EmitEnd();
            return complete;
        }

        var request = timing.IsTraced ? plan.Request with { IsTraced = true } : plan.Request;
        await foreach (var token in model.Engine.GenerateAsync(request, cancellationToken).WithCancellation(cancellationToken))
        {
            timing.Token(token);
            text.Append(token);
            if (text.Result is { } result) return result;
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new EngineFailedException("The engine ended a sequence without a reason.");
    }
}
