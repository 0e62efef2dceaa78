using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Contracts.SignalR;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Ingestion.Progress;

namespace Serverless.Functions.Streaming;

/// <summary>Progress over the hub that web apps are connected to anyway.</summary>
public sealed class SignalRProgressChannel(SignalRServiceClient signalR) : IProgressChannel
{
    public async Task<bool> SendAsync(string group, ProgressMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await signalR.SendToGroupAsync(StreamingOptions.Hub, group, ProgressMessage.Target, message, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception failure) when (failure is SignalRRequestException or AuthenticationFailedException or OperationCanceledException)
        {
            return false;
        }
    }

    public async Task JoinAsync(string userId, string group, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        try
        {
            await signalR.AddUserToGroupAsync(StreamingOptions.Hub, userId, group, lifetime, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SignalRRequestException or AuthenticationFailedException)
        {
            throw new GatewayException(
                StatusCodes.Status503ServiceUnavailable,
                new ErrorDetail("signalr_unavailable", "The SignalR service did not answer as it should.", "server_error"),
                (exception as SignalRRequestException)?.RetryAfter ?? TimeSpan.FromSeconds(1),
                exception);
        }
    }
}
