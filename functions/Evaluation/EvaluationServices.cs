using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Evaluation.Export;
using Serverless.Functions.Evaluation.Reports;
using Serverless.Functions.Evaluation.Running;
using Serverless.Functions.Evaluation.Runs;

namespace Serverless.Functions.Evaluation;

/// <summary>Registers evaluation: runs, what asks and measures, reports and export.</summary>
public static class EvaluationServices
{
    /// <summary>Needs the gateway, limits, storage and ingestion.</summary>
    public static IServiceCollection AddEvaluation(this IServiceCollection services) => services
        .AddSingleton<RunStore>()
        .AddSingleton<RouteSnapshots>()
        .AddSingleton<EvaluationReader>()
        .AddSingleton<CollectionFingerprints>()
        .AddSingleton<QuestionAsking>()
        .AddSingleton<BatchAsking>()
        .AddSingleton<RunEnd>()
        .AddSingleton<RunReports>()
        .AddSingleton<MlflowExport>();
}
