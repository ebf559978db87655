#nullable enable
using System;
using System.Collections.Generic;
using static System.Math;

[assembly: CLSCompliant(true)]

namespace Garden.Plants
{
    public delegate void Grown(Plant plant, double by);

    /// <summary>How a plant likes its place.</summary>
    public enum Light
    {
        Shade = 1,
        Sun,
    }

    public interface IWatered
    {
        /// <summary>Litres a day.</summary>
        double Water { get; }

        void Pour(double litres);
    }

    public readonly record struct Spot(int Row, int Column)
    {
        public double DistanceTo(Spot other)
        {
            var rows = Row - other.Row;
            var columns = Column - other.Column;
            return Sqrt(rows * rows + columns * columns);
        }
    }

    /// <summary>
    /// A plant, and what becomes of it.
    /// </summary>
    [Serializable]
    public sealed class Plant : IWatered, IDisposable
    {
        #region Fields

        private static readonly Dictionary<string, double> Needs = new()
        {
            ["fern"] = 0.4,
            ["cactus"] = 0.01,
        };

        private double height;

        #endregion

        public event Grown? Grew;

        public Plant(string name, double height = 0.0)
            : this(name)
        {
            if (height < 0)
            {
                // Roots do not count.
                throw new ArgumentOutOfRangeException(
                    nameof(height));
            }
            this.height = height;
        }

        public string Name { get; init; } = "";

        public double Height
        {
            get => height;
            set
            {
                var by = value - height;
                height = value;
                Grew?.Invoke(this, by);
            }
        }

        public double Water => Needs.TryGetValue(Name, out var need) ? need : 1;

        public double this[int day]
        {
            get
            {
                var grown = height;
                for (var i = 0; i < day; i++)
                {
                    if (grown > 100)

                        break;
                    grown *= 1.01;
                }
                return grown;
            }
        }

        public static Plant operator +(Plant left, Plant right)
        {
            var name = left.Name + right.Name;
            return new Plant(name, Max(left.height, right.height));
        }

        // Pours, unless it has rained.
        [Obsolete("use a can")]
        public void Pour(double litres)
        {
            double Share(double of)
            {
                var half = of / 2;
                return half;
            }

            Func<double, double> spill = amount =>
            {
                Console.WriteLine("spilled");
                return amount * 0.1;
            };
            switch (litres)
            {
                case 0:
                case double.NaN:
                    return;
                case > 10 when Name == "cactus":
                    Console.WriteLine("drowned");
                    break;
                default:
                    height += Share(litres);
                    break;
            }
#if DEBUG
            Console.WriteLine(spill(litres));
            Console.WriteLine(@"a
verbatim text");
#elif TRACE
            Console.WriteLine(litres);
#else
            _ = spill;
#endif
        }

        public string Describe(Light light)
        {
            var word = light switch
            {
                Light.Shade => "shady",
                _ => "sunny",
            };
            using (var reader = new System.IO.StringReader(word))
            {
                word = reader.ReadLine();
                lock (Needs)
                {
                    Needs[Name] = Water;
                }
            }
            try
            {
                height = checked(height + 1);
                Pour(1);
            }
            catch (OverflowException error) when (height > 1)
            {
                Console.Error.WriteLine(error);
                height = 0;
            }
            finally
            {
                Pour(0);
                Pour(0);
            }
            if (word is null)
            {
                word = "dark";
                height = 0;
            }
            else if (word.Length > 10)
            {
                word = word[..10];
                height += 1;
            }
            else
            {
                word = word.Trim();
                height += 2;
            }
            return $"""
                A {word} place
                  for {Name}.
                """;
        }

        public void Dispose() { GC.SuppressFinalize(this); }
    }
}
