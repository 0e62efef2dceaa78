using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Description;

/// <summary><c>GET /openapi.json</c>: the API's description. It tells what this program is, nothing of what is set up in it, so it is for anybody.</summary>
public sealed class OpenApiFunction(ApiDescription description)
{
    [Function("OpenApi")]
    public IActionResult Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "openapi.json")] HttpRequest request) => new JsonAnswer(description.Document);
}
