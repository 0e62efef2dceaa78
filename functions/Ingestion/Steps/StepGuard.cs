using Microsoft.Extensions.Logging;
using Serverless.Documents;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Retrieval.Index;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Ingestion.Steps;

/// <summary>
/// The edge between a step and Durable: sorts failures into those that are final and those that may pass, and keeps the words of services,
/// which may quote content, out of the history and the log.
/// </summary>
public sealed class StepGuard(ILogger<StepGuard> logger)
{
    public async Task<T> RunAsync<T>(string step, DocumentName document, Func<StepOutcome, T> end, Func<Task<T>> run)
    {
        try
        {
            return await StepSpan.RunAsync(step, document, run);
        }
        catch (DocumentRejectedException rejected)
        {
            IngestionLog.Rejected(logger, step, document.Key);
            return end(StepOutcome.Rejected(rejected.Message));
        }
        catch (PassLostException)
        {
            return end(StepOutcome.Superseded);
        }
        catch (GatewayException refused) when (refused.Status is < 500 and not 408 and not 429)
        {
            IngestionLog.Rejected(logger, step, document.Key);
            return end(StepOutcome.Rejected(refused.Message));
        }
        catch (ChunkIndexException refused) when (!refused.IsTransient)
        {
            IngestionLog.Rejected(logger, step, document.Key);
            return end(StepOutcome.Rejected(refused.Message));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            var failed = Failed(step, failure);
            IngestionLog.StepFailed(logger, step, document.Key, failed.Message);
            throw failed;
        }
    }

    /// <summary>Whether trying again may help.</summary>
    internal static bool MayPass(Exception failure) => failure switch
    {
        DocumentRejectedException or PassLostException or OperationCanceledException => false,
        GatewayException refused => refused.Status is >= 500 or 408 or 429,
        ChunkIndexException refused => refused.IsTransient,
        _ => true,
    };

    /// <summary>What Durable is told of a failure: which step it was and what a service's status was.</summary>
    internal static StepFailedException Failed(string step, Exception failure) =>
        failure is StepFailedException { IsNamed: true } named ? named : new StepFailedException($"{step} failed: {Describe(failure)}") { IsNamed = true };

    private static string Describe(Exception failure) => failure switch
    {
        GatewayException or ChunkIndexException or StepFailedException => failure.Message,
        _ => ServiceFailure.Describe(failure),
    };
}
