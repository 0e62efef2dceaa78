using System.Diagnostics;
using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Local.Loopback;

/// <summary>
/// The runtime calls <see cref="Initialize"/> before the app's Main. It registers, in the app's own services, a credential and a transport that reach the
/// emulators on loopback, and ends the process with the host that started it. The app has no word of it: it asks for DefaultAzureCredential and
/// https://*.vault.azure.net as in Azure. The name and its lack of a namespace are the runtime's rule for start-up hooks.
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(HookSettings.ExitWithParent) == "1") ExitWithStandardInput();
        if (HookSettings.Read() is { } settings) DiagnosticListener.AllListeners.Subscribe(new HostBuilding(settings));
    }

    // The host holds the other end, which closes however the host ends.
    private static void ExitWithStandardInput() => new Thread(static () =>
    {
        using var input = Console.OpenStandardInput();
        while (input.Read(new byte[64]) > 0)
        {
        }

        Environment.Exit(0);
    })
    { IsBackground = true }.Start();

    /// <summary>Every .NET host announces that it is being built; services added then are the last, so they are the ones that are used.</summary>
    private sealed class HostBuilding(HookSettings settings) : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting") value.Subscribe(this);
        }

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
            {
                builder.ConfigureServices(services => services
                    .AddSingleton<TokenCredential>(new LocalTokenCredential(settings.Token))
                    .AddSingleton<HttpPipelineTransport>(new LoopbackTransport(settings.Search, settings.KeyVault)));
            }
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
