using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Http;

/// <summary>[FromBody]: the JSON body as a parameter's type. The app's JsonOptions apply.</summary>
internal static class RequestBody
{
    public static ParameterBinding For(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        return async context =>
        {
            var request = ((HttpContext)context.TriggerInput).Request;
            var options = context.InstanceServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            try
            {
                return await JsonSerializer.DeserializeAsync(request.Body, type, options, context.CancellationToken)
                    ?? throw new RequestBindingException("body", "The request body is null; a JSON value is expected.");
            }
            catch (JsonException e)
            {
                // The parser's own message may quote the body.
                throw new RequestBindingException("body", $"The request body is not the JSON that is expected (line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}).");
            }
        };
    }
}
