namespace Serverless.Contracts.SignalR;

/// <summary>Where a stream's messages go.</summary>
public interface IStreamChannel
{
    /// <summary>Delivers one message with one object as its argument.</summary>
    /// <exception cref="SignalRRequestException">Not delivered; its <c>IsTransient</c> says whether trying again helps.</exception>
    Task SendAsync(string target, object argument, CancellationToken cancellationToken);
}
