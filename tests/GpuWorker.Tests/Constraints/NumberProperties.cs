using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

/// <summary>Bounds and multiples of numbers, against decimal arithmetic.</summary>
public sealed partial class NumberProperties
{
    private static readonly Config Many = Config.QuickThrowOnFailure.WithMaxTest(200);

    [Fact]
    public void Next_RandomBoundsAndNumbers_AcceptsThoseWithin() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var rule = new Rule(random);
        var start = rule.Read() is { } schema ? AutomatonWalk.Start(schema) : ConstraintState.Dead;
        for (int i = 0; i < 40; i++)
        {
            string text = rule.Number();
            Assert.True(rule.IsValid(text) == AutomatonWalk.Accepts(start, text), $"{rule.Schema.ToJsonString()}: {text}");
        }
    }).Check(Many);

    [Fact]
    public void Next_RandomWalks_AreWithinBounds() => Prop.ForAll<int>(seed =>
    {
        var random = new Random(seed);
        var rule = new Rule(random);
        if (rule.Read() is not { } schema)
            return;

        var start = AutomatonWalk.Start(schema);
        for (int i = 0; i < 10; i++)
        {
            string text = AutomatonWalk.Sample(start, random)!;
            Assert.True(rule.IsValid(text), $"{rule.Schema.ToJsonString()}: {text}");
        }
    }).Check(Many);

    [GeneratedRegex(@"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$")]
    private static partial Regex Decimal { get; }

    private sealed class Rule
    {
        private readonly Random _random;
        private readonly List<decimal> _near = [0, 1, 999_999_999_999_999];
        private readonly List<Func<decimal, bool>> _conditions = [];
        private readonly bool _isInteger;

        public Rule(Random random)
        {
            _random = random;
            _isInteger = random.Next(2) == 0;
            Schema["type"] = _isInteger ? "integer" : "number";
            var sides = new[] { random.Next(3), random.Next(3) };
            decimal low = Bound(), high = random.Next(3) == 0 ? Bound() : low + random.Next(1, 40) / (decimal)Math.Pow(10, random.Next(3));
            if (sides[0] > 0)
                Add(sides[0] == 1 ? "minimum" : "exclusiveMinimum", low, sides[0] == 1 ? value => value >= low : value => value > low);
            if (sides[1] > 0)
                Add(sides[1] == 1 ? "maximum" : "exclusiveMaximum", high, sides[1] == 1 ? value => value <= high : value => value < high);
            // Without a bound a number may have an exponent.
            if (random.Next(3) == 0 || sides is [0, 0])
                AddMultiple();
        }

        public JsonObject Schema { get; } = [];

        /// <summary>Null where no number satisfies the rule.</summary>
        public ReadForm? Read()
        {
            try
            {
                return ReadForm.OfSchema(Schema.ToJsonString());
            }
            catch (SchemaException refused) when (refused.Message.Contains("some number", StringComparison.Ordinal))
            {
                return null;
            }
        }

        public bool IsValid(string text) =>
            Decimal.IsMatch(text) && !(IsWritten(text, '.') && _isInteger) && decimal.Parse(text, CultureInfo.InvariantCulture) is var value && _conditions.TrueForAll(condition => condition(value));

        /// <summary>A number at a bound or not far from it, often with digits that need not be.</summary>
        public string Number()
        {
            decimal value = _near[_random.Next(_near.Count)] + _random.Next(-12, 13) / (decimal)Math.Pow(10, _random.Next(_isInteger ? 1 : 4));
            string text = (_random.Next(4) == 0 ? -value : value).ToString(CultureInfo.InvariantCulture);
            if (_isInteger)
                return _random.Next(3) == 0 ? text : text.Split('.')[0];

            string zeros = new('0', _random.Next(3));
            return _random.Next(3) > 0 || zeros.Length == 0 ? text : text.Contains('.', StringComparison.Ordinal) ? text + zeros : $"{text}.{zeros}";
        }

        private static bool IsWritten(string text, char symbol) => text.Contains(symbol, StringComparison.Ordinal);

        private void Add(string keyword, decimal value, Func<decimal, bool> condition)
        {
            Schema[keyword] = value;
            _near.Add(value);
            _conditions.Add(condition);
        }

        private void AddMultiple()
        {
            decimal multiple = _isInteger
                ? _random.Next(1, 30) / (decimal)Math.Pow(10, _random.Next(2))
                : _random.Next(2) == 0 ? _random.Next(1, 30) : 1 / (decimal)Math.Pow(10, _random.Next(1, 4));
            Schema["multipleOf"] = multiple;
            _conditions.Add(value => value % multiple == 0);
            // A number that must be an integer, or of some decimal places, is written as one.
            if (!_isInteger)
                _conditions.Add(value => multiple < 1 || value.Scale == 0);
            if (!_isInteger && multiple < 1)
                _conditions.Add(value => value.Scale <= multiple.Scale);
        }

        private decimal Bound() => _random.Next(5) switch
        {
            0 => _random.Next(-3, 4),
            1 => _random.Next(-20_000, 20_000) / 100m,
            2 => _random.NextInt64(-2_000_000_000_000_000, 2_000_000_000_000_000) / (decimal)Math.Pow(10, _random.Next(16)),
            3 => (decimal)Math.Pow(10, _random.Next(15)) * (_random.Next(2) == 0 ? 1 : -1),
            _ => _random.Next(-1000, 1000),
        };
    }
}
