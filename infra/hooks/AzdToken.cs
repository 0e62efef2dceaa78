using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Serverless.Infra.Hooks;

/// <summary>The token of whoever is signed in to azd.</summary>
public static class AzdToken
{
    /// <exception cref="PreflightException">azd is not there, or nobody is signed in.</exception>
    public static async Task<string> ReadAsync()
    {
        var start = new ProcessStartInfo("azd", ["auth", "token", "--output", "json", "--scope", "https://management.azure.com/.default"])
        {
            RedirectStandardOutput = true,
        };
        try
        {
            using var azd = Process.Start(start)!;
            var output = await azd.StandardOutput.ReadToEndAsync();
            await azd.WaitForExitAsync();
            if (azd.ExitCode == 0)
            {
                using var json = JsonDocument.Parse(output);
                return json.RootElement.GetProperty("token").GetString()!;
            }
        }
        catch (Exception exception) when (exception is Win32Exception or JsonException or KeyNotFoundException)
        {
            throw new PreflightException("azd did not give a token: azd auth login", exception);
        }

        throw new PreflightException("azd did not give a token: azd auth login");
    }
}
