namespace Serverless.Functions.Ingestion.Progress;

/// <summary>Where progress is pushed to.</summary>
public interface IProgressChannel
{
    /// <summary>Sends to all who are in a group; nobody is no error.</summary>
    /// <returns>False when it could not be sent.</returns>
    Task<bool> SendAsync(string group, ProgressMessage message, CancellationToken cancellationToken);

    /// <summary>Lets all connections of a user hear of a group, those to come too, for a while.</summary>
    /// <exception cref="Dispatch.GatewayException">503 when that cannot be done.</exception>
    Task JoinAsync(string userId, string group, TimeSpan lifetime, CancellationToken cancellationToken);
}
