namespace Serverless.Local.Hosting;

/// <summary>Watches for what triggers a function, and invokes it.</summary>
internal interface IFunctionListener
{
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Takes no more work, and lets what is in progress end until <paramref name="cancellationToken"/> is cancelled.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
