using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Hosting;

/// <summary>Starts the app, or says which setting it cannot be started with.</summary>
internal static class Start
{
    /// <summary>As of the worker: a setting is wrong.</summary>
    private const int WrongSetting = 2;

    /// <returns>The process's exit code: 0 after an orderly end, 2 when a setting is wrong.</returns>
    public static int Run(FunctionsApplicationBuilder builder)
    {
        if (WrongSettings(() => builder.AddServerless(builder.Configuration)) is { } wrong) return Refuse(wrong);
        using var app = builder.Build();
        if (WrongSettings(() => app.Services.GetService<IStartupValidator>()?.Validate()) is { } bound) return Refuse(bound);
        app.Run();
        return 0;
    }

    /// <returns>Null where none is; each of the lines names a key and what is permitted.</returns>
    private static IEnumerable<string>? WrongSettings(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (OptionsValidationException wrong)
        {
            return wrong.Failures;
        }
        catch (InvalidOperationException wrong)
        {
            return [wrong.Message];
        }
        catch (AggregateException several) when (several.InnerExceptions.All(inner => inner is OptionsValidationException or InvalidOperationException))
        {
            return several.InnerExceptions.SelectMany(inner => inner is OptionsValidationException wrong ? wrong.Failures : [inner.Message]);
        }
    }

    /// <summary>Where it was found says nothing to whoever set it, and an exception that nobody catches ends in a dump.</summary>
    private static int Refuse(IEnumerable<string> wrong)
    {
        foreach (var line in wrong) Console.Error.WriteLine(line);
        return WrongSetting;
    }
}
