using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Api;

/// <summary>Runs one sequence on the engine: tokens to text, stop strings, metrics.</summary>
internal sealed class SequenceRunner(LlmModel model, ServingMetrics metrics, TimeProvider time)
{
    /// <param name="emit">Gets the text as it grows; never blocks.</param>
    /// <exception cref="EngineOverloadedException">Nothing was done.</exception>
    /// <exception cref="EngineFailedException">The engine failed, or ended the sequence without a reason.</exception>
    public async Task<SequenceResult> RunAsync(SequencePlan plan, Action<string> emit, CancellationToken cancellationToken)
    {
        var timing = new SequenceTiming(metrics, time);
        try
        {
            var result = await GenerateAsync(plan, emit, timing, cancellationToken);
            timing.Finish(result.FinishReason);
            return result;
        }
        catch (EngineOverloadedException)
        {
            throw;
        }
        catch (OperationCanceledException)
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

    private async Task<SequenceResult> GenerateAsync(SequencePlan plan, Action<string> emit, SequenceTiming timing, CancellationToken cancellationToken)
    {
        var decoder = CreateDecoder(plan.Continues);
        var matcher = new StopStringMatcher(plan.Stops);
        var tokens = 0;
        await foreach (var token in model.Engine.GenerateAsync(plan.Request, cancellationToken).WithCancellation(cancellationToken))
        {
            tokens++;
            timing.Token();
            if (token.Finish != FinishReason.Stop)
            {
                Emit(matcher.Append(decoder.Append(token.Id)), emit);
                if (matcher.Stopped) return new SequenceResult("stop", tokens);
            }

            if (token.Finish is { } finish) return End(decoder, matcher, finish, tokens, emit);
        }

        cancellationToken.ThrowIfCancellationRequested();
        throw new EngineFailedException("The engine ended a sequence without a reason.");
    }

    private static SequenceResult End(IStreamingDecoder decoder, StopStringMatcher matcher, FinishReason finish, int tokens, Action<string> emit)
    {
        Emit(matcher.Append(decoder.Flush()), emit);
        if (matcher.Stopped) return new SequenceResult("stop", tokens);
        Emit(matcher.Flush(), emit);
        return new SequenceResult(finish == FinishReason.Stop ? "stop" : "length", tokens);
    }

    private static void Emit(string text, Action<string> emit)
    {
        if (text.Length > 0) emit(text);
    }

    private IStreamingDecoder CreateDecoder(bool continues)
    {
        var decoder = model.Tokenizer.CreateStreamingDecoder();
        if (continues)
        {
            // A decoder takes the first space of what it decodes for the one that the tokenizer puts before a text: a word before it keeps the real one.
            foreach (var id in model.Tokenizer.Encode("a")) decoder.Append(id);
        }

        return decoder;
    }
}
