using System.Collections.Immutable;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Serverless.Local.Hosting.Invocation;

namespace Serverless.Local.Hosting.Catalog;

/// <summary>Finds the functions of an assembly, and refuses what could only fail later.</summary>
internal static partial class FunctionCatalog
{
    private const BindingFlags AnyMethod = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <exception cref="FunctionLoadException">Names every function at fault, with the reason.</exception>
    public static IReadOnlyList<FunctionDescriptor> Load(IEnumerable<Type> types, HostJson hostJson, IConfiguration configuration)
    {
        var errors = new List<string>();
        var functions = new List<FunctionDescriptor>();
        var marked = types.SelectMany(type => type.GetMethods(AnyMethod))
            .Select(method => (Method: method, Attribute: method.GetCustomAttribute<FunctionAttribute>(inherit: false)))
            .Where(found => found.Attribute is not null);
        foreach (var (method, attribute) in marked)
        {
            try
            {
                functions.Add(Describe(attribute!.Name, method, hostJson, configuration));
            }
            catch (FormatException e)
            {
                errors.Add($"Function '{attribute!.Name}' ({method.DeclaringType?.FullName}.{method.Name}): {e.Message}");
            }
        }

        errors.AddRange(CatalogConflicts.Find(functions));
        return errors.Count == 0 ? functions : throw new FunctionLoadException(errors);
    }

    private static FunctionDescriptor Describe(string name, MethodInfo method, HostJson hostJson, IConfiguration configuration)
    {
        if (!ValidName().IsMatch(name)) throw new FormatException("a name is a letter followed by up to 127 letters, digits, '-' or '_'.");
        if (!method.IsPublic || method.DeclaringType is not { IsVisible: true } type) throw new FormatException("the method and its class must be public.");
        if (method.ContainsGenericParameters) throw new FormatException("neither the method nor its class may be generic.");
        if (!method.IsStatic && type.IsAbstract) throw new FormatException("the class must not be abstract.");
        if (method.ReturnType == typeof(void) && method.GetCustomAttribute<System.Runtime.CompilerServices.AsyncStateMachineAttribute>() is not null)
        {
            throw new FormatException("an async method must return Task or ValueTask, not void.");
        }

        var trigger = TriggerReader.Read(name, method, hostJson, configuration);
        var bindings = method.GetParameters().Select(parameter => ParameterBindings.For(parameter, trigger)).ToArray();
        return new FunctionDescriptor(name, method, trigger, bindings, new LocalFunctionDefinition(name, method, InputBindings(method, trigger)));
    }

    private static ImmutableDictionary<string, BindingMetadata> InputBindings(MethodInfo method, FunctionTrigger trigger)
    {
        var bindings = ImmutableDictionary.CreateBuilder<string, BindingMetadata>();
        foreach (var parameter in method.GetParameters())
        {
            var type = parameter == trigger.Parameter ? trigger.BindingType
                : parameter.IsDefined(typeof(DurableClientAttribute)) ? "durableClient"
                : null;
            if (type is not null) bindings.Add(parameter.Name!, new LocalBindingMetadata(parameter.Name!, type));
        }

        return bindings.ToImmutable();
    }

    [GeneratedRegex(@"^[A-Za-z][\w-]{0,127}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ValidName();
}
