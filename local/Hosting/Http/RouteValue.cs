using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Http;

/// <summary>A part of the route as a parameter's type: text, numbers, Guid, dates, enums, whatever converts from text.</summary>
internal static class RouteValue
{
    /// <exception cref="FormatException">The type does not convert from text.</exception>
    public static ParameterBinding For(ParameterInfo parameter, string name)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var missing = parameter.HasDefaultValue ? parameter.DefaultValue : type != parameter.ParameterType || !type.IsValueType ? null : Activator.CreateInstance(type);
        var converter = type == typeof(string) ? null : TypeDescriptor.GetConverter(type);
        if (converter is not null && !converter.CanConvertFrom(typeof(string)))
        {
            throw new FormatException($"parameter '{parameter.Name}' of type {type.Name} cannot be read from the route.");
        }

        return context =>
        {
            var value = ((HttpContext)context.TriggerInput).Request.RouteValues[name] as string;
            if (value is null) return new ValueTask<object?>(missing);
            return new ValueTask<object?>(converter is null ? value : Convert(converter, value, name, type));
        };
    }

    private static object? Convert(TypeConverter converter, string value, string name, Type type)
    {
        try
        {
            return converter.ConvertFromString(null, CultureInfo.InvariantCulture, value);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException or OverflowException)
        {
            throw new RequestBindingException(name, $"'{name}' in the path must be of type {type.Name}.");
        }
    }
}
