using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Contracts;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Streaming;

/// <summary>Tells a web app where to connect, and gives it a token of its own to do so.</summary>
public sealed class NegotiateFunction(SignalRServiceClient signalR)
{
    [Function("Negotiate")]
    public async Task<IActionResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "signalr/negotiate")] HttpRequest request)
    {
        var userId = request.Caller().Subject;
        try
        {
            var access = await signalR.CreateClientAccessAsync(StreamingOptions.Hub, userId, StreamingOptions.TokenLifetime, request.HttpContext.RequestAborted).ConfigureAwait(false);

            // The names that SignalR's own clients read.
            return new JsonAnswer(new Dictionary<string, string> { ["url"] = access.Url, ["accessToken"] = access.AccessToken, ["userId"] = userId });
        }
        catch (Exception exception) when (exception is SignalRRequestException or AuthenticationFailedException)
        {
            // Without an identity of its own the app cannot ask for a token either.
            throw new GatewayException(
                StatusCodes.Status503ServiceUnavailable,
                new ErrorDetail("signalr_unavailable", "The SignalR service did not answer as it should.", "server_error"),
                (exception as SignalRRequestException)?.RetryAfter ?? TimeSpan.FromSeconds(1),
                exception);
        }
    }
}
