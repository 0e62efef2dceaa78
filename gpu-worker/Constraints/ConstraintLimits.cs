namespace Serverless.GpuWorker.Constraints;

/// <summary>What bounds a schema and the documents that are written to it.</summary>
internal static class ConstraintLimits
{
    public const int SchemaChars = 262_144;

    /// <summary>Of a grammar, of choices as JSON, and of what says in other keywords what one of a schema's says.</summary>
    public const int FormChars = 65_536;

    /// <summary>Levels of the schema's own JSON within each other: more than a schema of documents of <see cref="Depth"/> has.</summary>
    public const int SchemaDepth = 256;

    /// <summary>Subschemas and enumerated values of one schema.</summary>
    public const int Nodes = 4096;

    /// <summary>Objects and arrays within each other.</summary>
    public const int Depth = 32;

    /// <summary>Whitespace characters in a row: enough to indent, too few to go on for ever.</summary>
    public const int Whitespace = 16;

    /// <summary>Digits before and after the point; what a double holds exactly.</summary>
    public const int Digits = 15;

    public const int ExponentDigits = 2;

    /// <summary>The highest count that minItems, maxItems, minLength and maxLength may name.</summary>
    public const int Count = 1_000_000;

    /// <summary>Readings of one beginning that are kept in view; what would be one more is not written. Each costs the others of a batch time.</summary>
    public const int Readings = 64;

    /// <summary>States of the different patterns that these readings are held to together: the product of how many each has.</summary>
    public const int StatesInView = 8192;

    /// <summary>These states times the readings, where that leaves fewer of them than otherwise: each state is one more to go on from, for every reading.</summary>
    public const int StatesOfReadings = 1024;

    /// <summary>Readings that are kept in view whatever patterns they are held to.</summary>
    public const int ReadingsWithPatterns = 4;

    /// <summary>Schemas within each other while they are read, through references as well: what the stack holds with ease.</summary>
    public const int ReadingDepth = 200;

    /// <summary>Alternatives of all unions together, and comparisons of them.</summary>
    public const int Alternatives = 100_000;

    /// <summary>Of one <c>pattern</c>.</summary>
    public const int PatternChars = 2048;

    /// <summary>Groups within each other in a <c>pattern</c>.</summary>
    public const int PatternDepth = 64;

    /// <summary>Characters, choices and repetitions of a <c>pattern</c> with each counted repetition written out.</summary>
    public const int PatternParts = 16_384;

    /// <summary>Kinds of characters that the patterns of one string tell apart.</summary>
    public const int PatternClasses = 256;

    /// <summary>States of the automaton of one string's patterns.</summary>
    public const int PatternStates = 4096;

    /// <summary>Elementary steps, of some ns each, in which the automata of a schema's patterns and bounds are made.</summary>
    public const int AutomatonSteps = 1_000_000;

    /// <summary>Of the tables of these automata.</summary>
    public const int AutomatonBytes = 4 * 1024 * 1024;

    /// <summary>The highest <c>multipleOf</c> of integers.</summary>
    public const int Divisor = 100;

    /// <summary>Digits before and after the point of a number that is a bound, its exponent counted.</summary>
    public const int BoundDigits = 400;

    /// <summary>Different patterns in the <c>patternProperties</c> of one object: a name may match any of them together.</summary>
    public const int NamePatterns = 4;

    /// <summary>Values of which an array with <c>uniqueItems</c> has some: each combination of them is a place of its own.</summary>
    public const int DistinctValues = 30;

    /// <summary>Of a string with bounds of its length in an array with <c>uniqueItems</c>.</summary>
    public const int DistinctChars = 1000;

    /// <summary>Comparisons, and schemas brought together, for all <c>allOf</c> and <c>$ref</c> of a schema.</summary>
    public const int Merges = 20_000;

    /// <summary>Properties of a schema's text that may be the one which an object has that is closed to it: each is an alternative.</summary>
    public const int OtherNames = 32;

    /// <summary>Schemas that say what conditions, dependencies and negations of a schema say.</summary>
    public const int Derived = 256;

    /// <summary>Times that a schema is read: again where alternatives of a oneOf overlap, which may lead to others.</summary>
    public const int Rereadings = 4;

    /// <summary>Texts that an answer may be one of.</summary>
    public const int Choices = 1024;

    /// <summary>Rules of one grammar.</summary>
    public const int GrammarRules = 512;

    /// <summary>States of all rules of a grammar.</summary>
    public const int GrammarStates = 8192;

    /// <summary>Rules within each other in a text of a grammar; one that ends with another makes room for it.</summary>
    public const int GrammarDepth = 256;

    /// <summary>Places that are looked at for where one character leads: near the deepest that texts may be, a grammar may have many that lead nowhere.</summary>
    public const int GrammarVisits = 10_000;

    /// <summary>Read schemas that are kept.</summary>
    public const int CachedSchemas = 64;

    /// <summary>About what the kept ones take together.</summary>
    public const long CachedBytes = 64 * 1024 * 1024;
}
