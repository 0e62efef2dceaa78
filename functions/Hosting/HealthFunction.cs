using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ingestion.Reconcile;

namespace Serverless.Functions.Hosting;

/// <summary>MLflow AI Gateway's health check; beside it, what the last reconciliation found of documents.</summary>
public sealed class HealthFunction(ReconcileHealth documents)
{
    [Function("Health")]
    public async Task<IActionResult> RunAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health")] HttpRequest request) =>
        new JsonAnswer(new { status = "OK", documents = await documents.GetAsync(request.HttpContext.RequestAborted) });
}
