using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Steps;

namespace Serverless.Functions.Ingestion.Generations;

/// <summary>The activity of <see cref="GenerationOrchestrator"/>.</summary>
public sealed class GenerationActivities(GenerationStep step)
{
    public const string Step = "GenerationStep";

    [Function(Step)]
    public async Task<GenerationWork> StepAsync([ActivityTrigger] GenerationWork work, CancellationToken cancellationToken)
    {
        try
        {
            return await step.RunAsync(work, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The words of services may quote names, so they end here.
            throw new StepFailedException(ServiceFailure.Describe(failure));
        }
    }
}
