using System.Globalization;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Binds <see cref="WorkerOptions"/> from configuration.</summary>
public static class ConfiguredOptions
{
    /// <returns>The options, and every error in them: of type, of range, of combination.</returns>
    public static (WorkerOptions Options, IReadOnlyList<string> Errors) Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(WorkerOptions.Section);
        var errors = typeof(WorkerOptions).GetProperties()
            .Where(property => section[property.Name] is { } value && !Parses(property.PropertyType, value))
            .Select(property => $"{WorkerOptions.Section}:{property.Name} must be {(property.PropertyType == typeof(bool) ? "true or false" : "a whole number")}.")
            .ToArray();
        if (errors.Length > 0) return (new WorkerOptions(), errors);
        var options = section.Get<WorkerOptions>() ?? new WorkerOptions();
        return (options, WorkerOptionsValidator.Validate(options));
    }

    private static bool Parses(Type type, string value) =>
        type == typeof(int) ? int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _) : type != typeof(bool) || bool.TryParse(value, out _);
}
