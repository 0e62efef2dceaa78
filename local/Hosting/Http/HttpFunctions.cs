using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serverless.Local.Hosting.Catalog;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Http;

/// <summary>Makes an endpoint of each HTTP function. ASP.NET Core's routing chooses: literals before parameters before catch-alls.</summary>
internal sealed class HttpFunctions(IEnumerable<FunctionDescriptor> functions, FunctionInvoker invoker)
{
    /// <summary>Under this item a FunctionContext keeps its HttpContext, as in the real ASP.NET Core integration.</summary>
    private const string HttpContextItem = "HttpRequestContext";

    public void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var function in functions)
        {
            if (function.Trigger is not FunctionTrigger.Http http) continue;
            RequestDelegate answer = request => AnswerAsync(function, request);
            var endpoint = http.Methods.Count == 0 ? endpoints.Map(http.Pattern, answer) : endpoints.MapMethods(http.Pattern.RawText!, http.Methods, answer);
            endpoint.WithMetadata(function.Definition).WithDisplayName(function.Name);
        }
    }

    private async Task AnswerAsync(FunctionDescriptor function, HttpContext http)
    {
        var context = new LocalFunctionContext(function, http, http.RequestServices, http.RequestAborted);
        context.Items[HttpContextItem] = http;
        await invoker.InvokeAsync(context);
        await HttpResultWriter.WriteAsync(http, context.Result);
    }
}
