using System.Globalization;
using System.Reflection;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Binds <see cref="WorkerOptions"/> from configuration.</summary>
public static class ConfiguredOptions
{
    /// <returns>The options, and every error in them: of type, of range, of combination.</returns>
    public static (WorkerOptions Options, IReadOnlyList<string> Errors) Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(WorkerOptions.Section);
        var errors = typeof(WorkerOptions).GetProperties()
            .Where(property => section[property.Name] is { } value && !Parses(TypeOf(property), value))
            .Select(property => $"{WorkerOptions.Section}:{property.Name} must be {Permitted(TypeOf(property))}.")
            .ToArray();
        if (errors.Length > 0) return (new WorkerOptions(), errors);
        var options = section.Get<WorkerOptions>() ?? new WorkerOptions();
        return (options, WorkerOptionsValidator.Validate(options));
    }

    private static Type TypeOf(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    private static bool Parses(Type type, string value)
    {
        if (type == typeof(int)) return int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out _);
        if (type == typeof(double)) return double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        if (type == typeof(bool)) return bool.TryParse(value, out _);
        return !type.IsEnum || Enum.GetNames(type).Contains(value, StringComparer.OrdinalIgnoreCase);
    }

    private static string Permitted(Type type)
    {
        if (type == typeof(int)) return "a whole number";
        if (type == typeof(double)) return "a number";
        if (type == typeof(bool)) return "true or false";
        return $"one of {string.Join(", ", Enum.GetNames(type)).ToLowerInvariant()}";
    }
}
